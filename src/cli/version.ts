/** The program's version; a test holds it equal to package.json's, which is not part of the bundle. */
export const version = "0.1.0";
