import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { renderGatewayTree } from "../../../gateway/render.ts";
import { gatewaySettings, workers } from "../../settings/project.ts";
import { mustRun } from "../run.ts";

/** Docker's name server, which names every replica of a service: https://docs.docker.com/engine/network/#dns-services */
const DOCKER_DNS = "127.0.0.11";

/** Renders the gateway's configuration as its containers read it. Replicas come and go without another one. */
export function renderContainerGateway(folder: string): void {
  const upstreams = workers().map(({ name }) => ({
    worker: name,
    servers: [{ address: `${name}:8080`, resolve: true }],
    resolver: DOCKER_DNS,
  }));
  renderGatewayTree(folder, { variables: gatewaySettings, upstreams, newer: true });
}

/** The same as one file, for machines where nothing can be mounted: the same bytes for the same configuration. */
export function packContainerGateway(file: string): void {
  const folder = `${file}.folder`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(file), { recursive: true });
  renderContainerGateway(folder);
  const same = [
    "--sort=name",
    "--mtime=@0",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--mode=u=rwX,go=rX",
  ];
  mustRun(["tar", "-C", folder, ...same, "-cf", file, "."]);
  rmSync(folder, { recursive: true });
}
