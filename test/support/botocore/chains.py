"""Tells how botocore resolves every profile of the AWS files that it is given, with botocore's own code.

One question a line on standard input: {"config": text, "credentials": text}. One answer a line on standard output:
{"refused": reason}, or {"profiles": {name: chain}}. No call is made: what would call AWS, a program or the machine is
replaced by a note of what it would have done.
"""

import json
import os
import sys
import tempfile

import botocore
import botocore.credentials as credentials
import botocore.exceptions
import botocore.session


class Note:
    """Stands for credentials, and says where they come from."""

    def __init__(self, **said):
        self.said = said


def recorder(kind):
    class Recorder:
        def __init__(self, *args, **said):
            self.kind = kind
            self.said = said
            self.feature_ids = set()

        def fetch_credentials(self):
            raise AssertionError("no credentials are fetched")

    return Recorder


class Deferred:
    def __init__(self, refresh_using, **_):
        self.fetcher = refresh_using.__self__


credentials.DeferredRefreshableCredentials = Deferred
credentials.create_mfa_serial_refresher = lambda refresher: refresher
credentials.AssumeRoleCredentialFetcher = recorder("role")
credentials.AssumeRoleWithWebIdentityCredentialFetcher = recorder("web-identity")
credentials.SSOCredentialFetcher = recorder("sso")


def of_profile(provider, name):
    profiles = provider._load_config().get("profiles", {})
    return profiles.get(provider._profile_name, {}).get(name)


def run_process(provider):
    command = of_profile(provider, "credential_process")
    return None if command is None else Note(kind="process", command=command)


def log_in(provider):
    session = of_profile(provider, "login_session")
    return None if session is None else Note(kind="login-session", session=session)


credentials.ProcessProvider.load = run_process
if hasattr(credentials, "LoginProvider"):
    credentials.LoginProvider.load = log_in
for machine in ("EnvProvider", "ContainerProvider", "InstanceMetadataProvider"):
    getattr(credentials, machine).load = lambda provider: None
credentials.CanonicalNameCredentialSourcer.source_credentials = lambda _, name: Note(
    kind="credential-source", source=name
)


def chain(found):
    """From credentials down to their root: {"root": …, "hops": […]}, the role that is assumed first comes first."""
    if isinstance(found, Note):
        return {"root": found.said, "hops": []}
    if isinstance(found, Deferred):
        said = found.fetcher.said
        extra = said.get("extra_args") or {}
        if found.fetcher.kind == "role":
            below = chain(said["source_credentials"])
            hop = {
                "roleArn": said["role_arn"],
                "externalId": extra.get("ExternalId"),
                "sessionName": extra.get("RoleSessionName"),
                "mfaSerial": extra.get("SerialNumber"),
                "duration": extra.get("DurationSeconds"),
            }
            return {"root": below["root"], "hops": below["hops"] + [hop]}
        if found.fetcher.kind == "web-identity":
            file = said["web_identity_token_loader"]._web_identity_token_path
            root = {"file": file, "roleArn": said["role_arn"], "sessionName": extra.get("RoleSessionName")}
        else:
            names = ("start_url", "sso_region", "role_name", "account_id", "sso_session_name")
            root = {name: said.get(name) for name in names}
        return {"root": {"kind": found.fetcher.kind, **root}, "hops": []}
    root = {"id": found.access_key, "secret": found.secret_key, "token": found.token}
    return {"root": {"kind": "static-keys", **root}, "hops": []}


def resolve(name, session):
    session.set_config_variable("profile", name)
    try:
        region = session.get_config_variable("region")
        found = credentials.create_credential_resolver(session).load_credentials()
    except (botocore.exceptions.BotoCoreError, KeyError, AttributeError, TypeError) as error:
        return {"error": type(error).__name__}
    return {"error": "none"} if found is None else {**chain(found), "region": region}


def answer(question, folder):
    for name in ("config", "credentials"):
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
            file.write(question[name])
    session = botocore.session.Session()
    try:
        names = list(session.full_config["profiles"])
    except botocore.exceptions.BotoCoreError as error:
        return {"refused": type(error).__name__}
    return {"profiles": {name: resolve(name, session) for name in names}}


def main():
    for name in list(os.environ):
        if name.startswith("AWS_"):
            del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder
        os.environ["AWS_CONFIG_FILE"] = os.path.join(folder, "config")
        os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.path.join(folder, "credentials")
        print(json.dumps({"botocore": botocore.__version__}), flush=True)
        for line in sys.stdin:
            print(json.dumps(answer(json.loads(line), folder)), flush=True)


main()
