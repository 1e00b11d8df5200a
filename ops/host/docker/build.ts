/**
 * The environment of every `docker compose build`. With attestations, which are on by default, an engine that keeps
 * images in containerd gives each build another id, even when nothing changed: every start would replace every container.
 */
export const BUILD_ENV = { BUILDX_NO_DEFAULT_ATTESTATIONS: "1" };
