import type { Contract } from "../core/contract.ts";
import { ConfigurationError } from "../core/errors.ts";
import type { Binding } from "./binding.ts";
import type { MountedModule } from "./mounted-module.ts";

/** The modules of a host in the order of their registration, and who handles what. */
export class Registry {
  readonly #modules = new Map<string, MountedModule>();
  readonly #handlers = new Map<Contract, Binding[]>();
  readonly #subscribers = new Map<Contract, Binding[]>();
  readonly #open: Binding[] = [];
  readonly #contracts = new Map<string, { readonly contract: Contract; readonly module: string }>();

  get modules(): readonly MountedModule[] {
    return [...this.#modules.values()];
  }

  get size(): number {
    return this.#modules.size;
  }

  /** @throws {ConfigurationError} if an event of `module` has the name, but not the contract, of one that is known. */
  add(module: MountedModule): void {
    const bindings = [...module.handlers, ...module.subscribers];
    for (const { contract } of bindings)
      if (contract !== undefined) this.refuseNamesake(contract, module.metadata.name);
    for (const { contract } of bindings) {
      if (contract !== undefined && !this.#contracts.has(contract.name)) {
        this.#contracts.set(contract.name, { contract, module: module.metadata.name });
      }
    }
    this.#modules.set(module.metadata.name, module);
    for (const binding of module.handlers) {
      if (binding.contract === undefined) this.#open.push(binding);
      else append(this.#handlers, binding.contract, binding);
    }
    for (const binding of module.subscribers)
      append(this.#subscribers, binding.contract as Contract, binding);
  }

  remove(module: MountedModule): void {
    if (this.#modules.get(module.metadata.name) !== module) return; // Its name may be another one's by now.
    this.#modules.delete(module.metadata.name);
    for (const binding of module.handlers) {
      if (binding.contract === undefined) withdraw(this.#open, binding);
      else withdraw(this.#handlers.get(binding.contract), binding);
    }
    for (const binding of module.subscribers)
      withdraw(this.#subscribers.get(binding.contract as Contract), binding);
    for (const [name, { contract }] of this.#contracts) {
      if (!(this.#handlers.get(contract)?.length || this.#subscribers.get(contract)?.length))
        this.#contracts.delete(name);
    }
  }

  find(name: string): MountedModule | undefined {
    return this.#modules.get(name);
  }

  /** Every contract that a module handles or subscribes to by its class. */
  contracts(): Contract[] {
    return [...this.#contracts.values()].map(({ contract }) => contract);
  }

  /** Who may be asked to handle events of `contract`, in the order of registration. */
  handlersOf(contract: Contract): readonly Binding[] {
    const bound = this.#handlers.get(contract) ?? [];
    return this.#open.length === 0 ? bound : [...bound, ...this.#open].sort((a, b) => a.order - b.order);
  }

  subscribersOf(contract: Contract): readonly Binding[] {
    return this.#subscribers.get(contract) ?? [];
  }

  /** @throws {ConfigurationError} if another contract is known under the name of this one. */
  refuseNamesake(contract: Contract, user: string): void {
    const known = this.#contracts.get(contract.name);
    if (known === undefined || known.contract === contract) return;
    throw new ConfigurationError(
      `two events are named "${contract.name}": the one of module "${known.module}" and the one of ${user === "" ? "this dispatch" : `module "${user}"`}`,
    );
  }
}

function append(index: Map<Contract, Binding[]>, contract: Contract, binding: Binding): void {
  const bindings = index.get(contract);
  if (bindings === undefined) index.set(contract, [binding]);
  else bindings.push(binding);
}

function withdraw(bindings: Binding[] | undefined, binding: Binding): void {
  const index = bindings?.indexOf(binding) ?? -1;
  if (index >= 0) bindings?.splice(index, 1);
}
