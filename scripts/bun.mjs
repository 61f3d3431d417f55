// The compiler of the stand-alone program.
export const bunVersion = "1.4.5";

/** The packages of npm that hold it for each system, and what npm must give. */
export const buns = {
  "linux-x64":
    "sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==",
};
