// Packages hold addons and libraries for several platforms, in folders or files with the platform's name.

/** The names of each system and processor in paths. */
const SYSTEMS = {
  linux: ["linux"],
  darwin: ["darwin", "macos", "osx"],
  win32: ["win32", "windows"],
  other: ["linuxmusl", "musl", "android", "freebsd", "openbsd", "netbsd", "sunos", "aix"],
};
const PROCESSORS = {
  x64: ["x64", "x86_64", "amd64"],
  arm64: ["arm64", "aarch64"],
  other: ["arm", "armv6", "armv7", "armhf", "ia32", "x86", "ppc64", "ppc64le", "s390x", "riscv64", "loong64"],
};
const BINARY = /\.(node|so|dylib|dll|lib|a|exe|pdb)(\.\d+)*$/;

function others(names: Record<string, string[]>, own: string): string[] {
  return Object.entries(names).flatMap(([name, words]) => (name === own ? [] : words));
}
const OTHERS = new Set([...others(SYSTEMS, process.platform), ...others(PROCESSORS, process.arch)]);

/** Whether a path is that of a binary for another platform. */
export function isForeign(path: string): boolean {
  if (!BINARY.test(path)) return false;
  return path
    .toLowerCase()
    .split(/[^a-z0-9_]+/)
    .some((word) => OTHERS.has(word));
}
