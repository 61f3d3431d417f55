// Shell code stands in files of its own, where editors and linters know it. The build puts them in as texts, without
// comments and indentation.
declare module "*.sh" {
  const text: string;
  export default text;
}
declare module "*.zsh" {
  const text: string;
  export default text;
}
declare module "*.fish" {
  const text: string;
  export default text;
}
declare module "*.csh" {
  const text: string;
  export default text;
}
declare module "*.elv" {
  const text: string;
  export default text;
}
declare module "*.xsh" {
  const text: string;
  export default text;
}
declare module "*.nu" {
  const text: string;
  export default text;
}
declare module "*.ps1" {
  const text: string;
  export default text;
}
