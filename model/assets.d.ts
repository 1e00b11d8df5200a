// `import path from "./x.bin" with { type: "file" }` returns the path of the embedded file.
declare module "*.bin" {
  const path: string;
  export default path;
}
