// `import path from "./model.onnx" with { type: "file" }` returns the file's path.
declare module "*.onnx" {
  const path: string;
  export default path;
}
