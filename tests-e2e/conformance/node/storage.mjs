// What the provider keeps, in memory, apart from the provider: keys are rotated by starting a new one over it.
export class Storage {
  constructor() {
    this.rows = new Map();
    this.indexes = new Map();
  }

  find(model, id) {
    const row = this.rows.get(`${model}:${id}`);
    return row && (row.until === 0 || row.until > Date.now()) ? row.payload : undefined;
  }

  forget(model, matches) {
    for (const [key, row] of this.rows) if (key.startsWith(`${model}:`) && matches(row.payload)) this.rows.delete(key);
  }

  adapter() {
    const storage = this;
    return class {
      constructor(model) {
        this.model = model;
      }

      async upsert(id, payload, expiresIn) {
        const key = `${this.model}:${id}`;
        storage.rows.set(key, { payload, until: expiresIn ? Date.now() + expiresIn * 1000 : 0 });
        if (payload.uid) storage.indexes.set(`uid:${this.model}:${payload.uid}`, id);
        if (payload.userCode) storage.indexes.set(`code:${payload.userCode}`, id);
        if (payload.grantId) {
          const index = `grant:${this.model}:${payload.grantId}`;
          storage.indexes.set(index, (storage.indexes.get(index) ?? new Set()).add(key));
        }
      }

      async find(id) {
        return storage.find(this.model, id);
      }

      async findByUid(uid) {
        return this.find(storage.indexes.get(`uid:${this.model}:${uid}`));
      }

      async findByUserCode(code) {
        return this.find(storage.indexes.get(`code:${code}`));
      }

      async consume(id) {
        const payload = storage.find(this.model, id);
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      }

      async destroy(id) {
        storage.rows.delete(`${this.model}:${id}`);
      }

      async revokeByGrantId(grantId) {
        for (const key of storage.indexes.get(`grant:${this.model}:${grantId}`) ?? []) storage.rows.delete(key);
      }
    };
  }
}
