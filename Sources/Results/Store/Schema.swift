import GRDB

/// The tables of `ablate.sqlite` and how they came to be. A migration, once released, is never edited.
enum Schema {
    /// Whether an older version of this program has made the tables.
    static func isOlder(_ database: Database) throws -> Bool {
        let applied = try migrator.appliedIdentifiers(database)
        return !applied.isEmpty && applied.isStrictSubset(of: migrator.migrations)
    }

    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.create(table: "sweeps") { table in
                table.primaryKey("name", .text)
            }
            try database.create(table: "plans") { table in
                table.autoIncrementedPrimaryKey("id")
                table.column("sweep", .text).notNull().indexed().references("sweeps", onDelete: .cascade)
                // Name of the plan's file under the sweep's folder.
                table.column("file", .text).notNull()
                table.column("createdAt", .datetime).notNull()
                table.column("json", .blob).notNull()
                table.uniqueKey(["sweep", "file"])
            }
            try database.create(table: "trials") { table in
                table.primaryKey("id", .text)
                table.column("cellID", .text).notNull().indexed()
                table.column("seed", .integer).notNull()
                table.column("readableName", .text).notNull()
                table.column("sweep", .text).notNull().indexed().references("sweeps", onDelete: .cascade)
                table.column("directory", .text).notNull()
                table.column("configuration", .text).notNull()
                table.column("datasetDigest", .text).notNull()
            }
            try database.create(table: "attempts") { table in
                table.column("trialID", .text).notNull().references("trials", onDelete: .cascade)
                table.column("number", .integer).notNull()
                table.column("status", .text).notNull().indexed()
                table.column("checkpoint", .text).notNull()
                table.column("epochs", .integer).notNull()
                table.column("bestEpoch", .integer).notNull()
                table.column("weightHashes", .text).notNull()
                table.column("metricsHash", .text).notNull()
                table.column("seconds", .double).notNull()
                table.column("peakMemoryBytes", .integer).notNull()
                table.column("codeVersion", .text).notNull()
                table.column("message", .text).notNull()
                table.column("finishedAt", .datetime).notNull()
                table.column("environment", .text)
                table.primaryKey(["trialID", "number"])
            }
            try database.create(table: "metrics") { table in
                table.column("trialID", .text).notNull()
                table.column("attempt", .integer).notNull()
                table.column("name", .text).notNull()
                // NULL stands for a value that is not a number.
                table.column("value", .double)
                table.primaryKey(["trialID", "attempt", "name"])
                table.foreignKey(["trialID", "attempt"], references: "attempts", onDelete: .cascade)
            }
            try database.create(table: "class_metrics") { table in
                table.column("trialID", .text).notNull()
                table.column("attempt", .integer).notNull()
                table.column("class", .text).notNull()
                table.column("name", .text).notNull()
                table.column("value", .double)
                table.primaryKey(["trialID", "attempt", "class", "name"])
                table.foreignKey(["trialID", "attempt"], references: "attempts", onDelete: .cascade)
            }
            try database.create(table: "epochs") { table in
                table.column("trialID", .text).notNull()
                table.column("attempt", .integer).notNull()
                table.column("epoch", .integer).notNull()
                for name in EpochRow.columnNames.dropFirst() { table.column(name, .double) }
                table.primaryKey(["trialID", "attempt", "epoch"])
                table.foreignKey(["trialID", "attempt"], references: "attempts", onDelete: .cascade)
            }
        }
        migrator.registerMigration("2") { database in
            // NULL in rows of schema 1.
            try database.alter(table: "plans") { $0.add(column: "checksum", .integer) }
            try database.alter(table: "attempts") { table in
                // Of the record with its metrics and environment, and of the epochs.
                table.add(column: "checksum", .integer)
                table.add(column: "epochsChecksum", .integer)
                table.add(column: "cpuSeconds", .double)
                table.add(column: "epochsHash", .text)
                // JSON.
                table.add(column: "start", .text)
                table.add(column: "diagnosis", .text)
            }
        }
        return migrator
    }()
}
