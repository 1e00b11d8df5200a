// `import path from "./x.onnx" with { type: "file" }` returns the path of the file in the bundle.
declare module "*.onnx" {
  const path: string;
  export default path;
}
