// `import path from "./x.bin" with { type: "file" }` gives the path of the embedded file
declare module "*.bin" {
  const path: string;
  export default path;
}
