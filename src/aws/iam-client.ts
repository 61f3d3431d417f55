export { IAMClient, ListMFADevicesCommand } from "@aws-sdk/client-iam";
