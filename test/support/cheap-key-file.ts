/** What `cheapKeyFile` is opened by. */
export const cheapPassphrase = "correct horse";

/**
 * A master-key.json that aws-as wrote, with the lowest cost that scrypt has: each run of the program would need half a
 * second of processor time for the passphrase otherwise, and the first one twice that to measure the machine.
 */
export const cheapKeyFile = `{
  "version": 1,
  "id": "ee342019b79abd4d",
  "slots": [
    {
      "kind": "passphrase",
      "id": "c5ad64f4",
      "N": 2,
      "r": 1,
      "p": 1,
      "salt": "OKxRwcJDuVZyB7veCLDxrg==",
      "nonce": "56dlUp/2oR5oxOiy",
      "sealed": "2/ZJreASLMDbJfoatGpxqEnourVBqc2ZeUWJfmb3ELjDJXPHfv+KfpmyKyImLD5x",
      "sum": "c217ece5a6500edc"
    }
  ]
}
`;
