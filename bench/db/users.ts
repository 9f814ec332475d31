import type { NewUser, Subject } from "./contender.ts";

/** How many rows the table has while it is read and updated, and how many `createMany` makes. */
export const ROWS = 10_000;
/** Each has 25 rows, so that a limit of 20 matters. */
const NAMES = 400;
export const LIMIT = 20;

let users = 0;

/** A user whose email nobody has. */
function newUser(): NewUser {
  const number = users++;
  return { name: nameOf(number), email: `user-${number}@example.com` };
}

export const newUsers = (count: number): NewUser[] => Array.from({ length: count }, newUser);

export const nameOf = (number: number): string => `Name ${number % NAMES}`;

export interface KnownUser extends NewUser {
  id: string;
}

/** The table `users` of a contender, and what is known of its rows. */
export class UsersTable {
  readonly subject: Subject;
  rows: KnownUser[] = [];

  constructor(subject: Subject) {
    this.subject = subject;
  }

  /** Has it hold `ROWS` rows, all of which are known. */
  async fill(): Promise<void> {
    if (this.rows.length > 0) return;
    const users = newUsers(ROWS);
    await this.subject.empty();
    const created = await this.subject.createMany(users);
    this.rows = users.map((user, index) => ({ ...user, id: created[index]?.id ?? "" }));
  }

  async empty(): Promise<void> {
    this.rows = [];
    await this.subject.empty();
  }

  /** Rows from all over the table, other ones each time. */
  pick(count: number): KnownUser[] {
    return Array.from({ length: count }, () => {
      this.#picked = (this.#picked + STRIDE) % ROWS;
      return this.rows[this.#picked] as KnownUser;
    });
  }

  #picked = 0;
}

/** Prime to the number of rows, so that every row has its turn. */
const STRIDE = 7_919;
