/** `aws-as-activate …` is `aws-as activate …`, of the program that lies beside it. */
import "./needs-node.ts";

const [node = "", script = "", ...words] = process.argv;
process.argv = [node, script.replace(/aws-as-activate(?=(\.cjs)?$)/, "aws-as"), "activate", ...words];
void import("./first.ts");
