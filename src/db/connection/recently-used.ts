/**
 * Keeps what was used last: `size` values at most, and the last half of them for certain. Using one that is there costs
 * a look-up, and no more: what is used moves on only when the younger half is full, and then all of it does.
 */
export class RecentlyUsed<Value> {
  private readonly half: number;
  private young = new Map<string, Value>();
  private old = new Map<string, Value>();

  constructor(size: number) {
    this.half = size / 2;
  }

  /** The value of a key, made where it is not there. */
  get(key: string, make: (key: string) => Value): Value {
    const known = this.young.get(key);
    if (known !== undefined) return known;
    const value = this.old.get(key) ?? make(key);
    if (this.young.size >= this.half) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, value);
    return value;
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
  }
}
