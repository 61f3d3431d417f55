/** A role, by its parts. `partition` is undefined for `ACCOUNT/ROLE`. */
export interface RoleReference {
  readonly partition?: string;
  readonly account: string;
  /** With its path: `team/admin`. */
  readonly role: string;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html: path up to 512 characters, name up to 64
const roleArn = /^arn:(aws[a-z0-9-]*):iam::(\d{12}):role\/([\x21-\x7e]+)$/;
const accountAndRole = /^(\d{12})\/([\x21-\x7e]+)$/;
const roleWithPath = /^(?:[\x21-\x7e]{1,510}\/)?[\w+=,.@-]{1,64}$/;

/** The parts of a role's ARN; undefined for anything else. */
export function readRoleArn(text: string): Required<RoleReference> | undefined {
  const [, partition, account, role] = roleArn.exec(text) ?? [];
  return partition && account && role && roleWithPath.test(role) ? { partition, account, role } : undefined;
}

// Ceph's accounts are tenants, which may be absent, and MinIO has a partition of its own.
const elsewhereArn = /^arn:[\w-]+:iam:[\w-]*:[^\s:]*:role\/[\x21-\x7e]+$/;

/** Whether a text may be the ARN of a role at an address that is not AWS's. */
export function isRoleElsewhere(text: string): boolean {
  return elsewhereArn.test(text);
}

/** A role given as ARN or as `ACCOUNT/ROLE`; undefined for anything else. */
export function readRoleReference(text: string): RoleReference | undefined {
  const [, account, role] = accountAndRole.exec(text) ?? [];
  return account && role && roleWithPath.test(role) ? { account, role } : readRoleArn(text);
}

/** True when the ARN is that role's. */
export function isRole(arn: string, reference: RoleReference): boolean {
  const parts = readRoleArn(arn);
  return (
    parts?.account === reference.account &&
    parts.role === reference.role &&
    (reference.partition === undefined || reference.partition === parts.partition)
  );
}

/** The partition of any ARN. */
export function partitionOf(arn: string): string | undefined {
  return /^arn:(aws[a-z0-9-]*):/.exec(arn)?.[1];
}
