// Writes the smallest useful ONNX model, as protobuf (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto): y = x + x for
// three float32 numbers.

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}
const number = (field: number, value: number) => [field << 3, ...varint(value)];
const bytes = (field: number, content: number[]) => [(field << 3) | 2, ...varint(content.length), ...content];
const text = (field: number, content: string) => bytes(field, [...Buffer.from(content)]);

const FLOAT = 1;
const IR_VERSION = 8;
const OPSET = 13;

function tensor(name: string, length: number): number[] {
  const shape = bytes(2, bytes(1, number(1, length)));
  const type = bytes(1, [...number(1, FLOAT), ...shape]);
  return [...text(1, name), ...bytes(2, type)];
}

export function doubleModel(): Uint8Array {
  const node = [...text(1, "x"), ...text(1, "x"), ...text(2, "y"), ...text(4, "Add")];
  const graph = [
    ...bytes(1, node),
    ...text(2, "double"),
    ...bytes(11, tensor("x", 3)),
    ...bytes(12, tensor("y", 3)),
  ];
  return Uint8Array.from([...number(1, IR_VERSION), ...bytes(7, graph), ...bytes(8, number(2, OPSET))]);
}

if (import.meta.main) await Bun.write(process.argv[2] ?? "double.onnx", doubleModel());
