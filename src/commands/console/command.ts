import { Command, Option } from "clipanion";
import { AwsAsCommand, limitOption, policyOption, taskOf } from "../../cli/base-command.ts";
import { settingOf } from "../../config/settings.ts";
import { actingAs } from "../../credentials/acting.ts";
import { withLimits } from "../../credentials/plan-for.ts";
import type { Task } from "../../machine/machine.ts";
import { isOnPath } from "../../system/children/run-child.ts";
import { showInBrowser } from "../../system/children/start-browser.ts";
import { secondsIn, timeLeft } from "../../system/clock.ts";
import { UserError } from "../../system/user-error.ts";
import { browserFor, type ContainerExtension, containerExtensions } from "./browser.ts";
import { consoleLink } from "./link.ts";

export class ConsoleCommand extends AwsAsCommand {
  static override paths = [["console"]];
  static override usage = Command.Usage({
    details: `
      Signs a browser in to the AWS console as a role, without a password. Without a name: as the identity of this shell.
      The link never stands in the arguments of a program; the browser gets it from an address of this machine that
      works once. A user is signed in with its long-term key (GetFederationToken), and without MFA.
    `,
    examples: [
      ["the page of a service, in a region", "$0 console my-role1 --service ec2 --region eu-west-1"],
      ["several accounts side by side, in Firefox", "$0 console my-role1 --container my-role1"],
      ["a link for a browser elsewhere", "$0 console my-role1 --print"],
    ],
  });

  identity = Option.String({ name: "identity", required: false });
  service = Option.String("--service", {
    description: "open the page of this `SERVICE`: ec2, s3, cfn and so on",
  });
  region = Option.String("--region", { description: "the console's `REGION`, in place of the identity's" });
  destination = Option.String("--destination", {
    description: "open this page of the console: an https:// `URL`",
  });
  duration = Option.String("--duration", {
    description:
      "how long the console stays open, a `TIME` such as 90m or 8h; over an hour not for a role of a role",
  });
  print = Option.Boolean("--print", false, {
    description: "print the link, which is secret, in place of opening it",
  });
  container = Option.String("--container", {
    description: "open it in the container `NAME` of Firefox, by the extension Granted Containers",
  });
  browserProfile = Option.String("--browser-profile", {
    description: "open it in the profile `NAME` of Chrome, Chromium, Brave, Edge or Vivaldi",
  });
  limit = limitOption();
  policy = policyOption();
  code = Option.String("--code", { description: "the MFA device's `CODE`; leave it out to be asked" });

  protected override async perform(): Promise<string> {
    const task = await taskOf(this.context);
    const named = this.identity ?? actingAs(task.machine.env);
    if (named === undefined) {
      throw new UserError("say as whom: this shell acts as nobody", { hints: ["aws-as list"], exitCode: 2 });
    }
    const name = withLimits(named, this, task.machine);
    const { service, destination, region, code, print } = this;
    if (service !== undefined && destination !== undefined)
      throw new UserError("--service and --destination both say which page", {
        hints: ["leave one out"],
        exitCode: 2,
      });
    if (this.container !== undefined && this.browserProfile !== undefined) {
      throw new UserError("--container is Firefox's, and --browser-profile Chrome's", {
        hints: ["leave one out"],
        exitCode: 2,
      });
    }
    const seconds = this.duration === undefined ? undefined : secondsIn(this.duration);
    if (this.duration !== undefined && seconds === undefined)
      throw new UserError(`--duration "${this.duration}" is no time`, {
        hints: ["write it like 90m, 8h or 3600"],
        exitCode: 2,
      });
    // Without a browser, no code is asked for.
    const browser = print ? undefined : await this.browser(name, task);
    const { identity, account, link, endsAt } = await consoleLink(
      { name, code, seconds, region, page: { service, destination } },
      task,
    );
    const who = `"${identity}"${account === undefined ? "" : ` (account ${account})`}`;
    const open = timeLeft(endsAt - task.machine.clock.now());
    if (browser === undefined) {
      task.say(`whoever opens this link within 15 minutes is ${who} for ${open}`);
      return `${link.reveal()}\n`;
    }
    const shown = await showInBrowser(link, browser, task.machine.env, task.machine.clock);
    if (shown.kind === "fetched") {
      task.say(`opened the console as ${who}, for ${open}`);
      return "";
    }
    const { program } = browser("");
    const what =
      shown.kind === "failed"
        ? `${program} could not open the console: ${shown.because}`
        : `no browser has fetched the link that ${program} was given`;
    const addOn = settingOf(task.config, "firefox_containers", name) ?? "granted";
    const missing =
      this.container === undefined || shown.kind === "failed"
        ? []
        : [`Firefox needs an extension for --container: https://addons.mozilla.org/firefox/addon/${addOn}/`];
    const hints = [...missing, `print the link in place of opening it: ${printing(name)}`];
    throw new UserError(what, { hints });
  }

  private async browser(name: string, { machine, config }: Task) {
    const { env, platform, home } = machine;
    const { container, browserProfile: profile } = this;
    const extension = settingOf(config, "firefox_containers", name) ?? "granted";
    if (!Object.hasOwn(containerExtensions, extension)) {
      const known = Object.keys(containerExtensions).join(" or ");
      throw new UserError(`firefox_containers = ${extension} is no extension that aws-as knows`, {
        hints: [`in [aws-as] in ${config.files.config}, write: firefox_containers = ${known}`],
      });
    }
    const wish = { container, profile, extension: extension as ContainerExtension, printing: printing(name) };
    return browserFor(wish, {
      env,
      platform,
      home,
      has: (program) =>
        /[/\\]/.test(program) ? machine.realPath(program) !== undefined : isOnPath(program, env),
      read: async (path) => (await machine.readFile(path))?.toString(),
    });
  }
}

const printing = (name: string) => `aws-as console ${name} --print`;
