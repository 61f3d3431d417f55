/**
 * AWS partitions: closed worlds with their own accounts, ARNs and host names.
 * https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
 */
const partitions = [
  { name: "aws-cn", regionPrefix: "cn-", homeRegion: "cn-north-1" },
  { name: "aws-us-gov", regionPrefix: "us-gov-", homeRegion: "us-gov-west-1" },
  { name: "aws-iso", regionPrefix: "us-iso-", homeRegion: "us-iso-east-1" },
  { name: "aws-iso-b", regionPrefix: "us-isob-", homeRegion: "us-isob-east-1" },
  { name: "aws-iso-e", regionPrefix: "eu-isoe-", homeRegion: "eu-isoe-west-1" },
  { name: "aws-iso-f", regionPrefix: "us-isof-", homeRegion: "us-isof-south-1" },
  { name: "aws-eusc", regionPrefix: "eusc-", homeRegion: "eusc-de-east-1" },
] as const;

const commercial = { name: "aws", homeRegion: "us-east-1" } as const;

/** The partition that a region lies in; regions with no prefix of their own are commercial ones. */
export function partitionOfRegion(region: string): string {
  return partitions.find(({ regionPrefix }) => region.startsWith(regionPrefix))?.name ?? commercial.name;
}

/** The partition that an ARN names, or undefined when the text is no ARN of a partition we know. */
export function partitionOfArn(arn: string): string | undefined {
  const name = /^arn:([a-z-]+):/.exec(arn)?.[1];
  return [commercial, ...partitions].some((partition) => partition.name === name) ? name : undefined;
}

/** The region where a partition's IAM lives, and where its STS always is. */
export function homeRegion(partition: string): string {
  return partitions.find(({ name }) => name === partition)?.homeRegion ?? commercial.homeRegion;
}
