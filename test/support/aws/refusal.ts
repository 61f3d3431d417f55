/** An answer that is an error, as AWS gives it: code and message for the XML, and the HTTP status. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.name = "Refusal";
    this.code = code;
    this.status = status;
  }
}

/** The caller is known and may not do this. */
export const accessDenied = (message: string) => new Refusal("AccessDenied", 403, message);

/** A parameter is not of the shape that AWS takes. */
export const validationError = (message: string) => new Refusal("ValidationError", 400, message);

/** Unknown, inactive, revoked or mismatched credentials: AWS tells these apart to nobody. */
export const invalidToken = () =>
  new Refusal("InvalidClientTokenId", 403, "The security token included in the request is invalid.");
