package io.eventhandler.postgres;

import io.eventhandler.service.SettingsReader;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where the database is and how a replica starts with it.
 *
 * @param url null for the embedded PostgreSQL
 * @param listenUrl where to LISTEN, and to migrate when {@code url} leads through a pooler; null for the same as {@code url}
 * @param dataDir of the embedded PostgreSQL
 * @param poolSize connections for replays, health and upkeep
 * @param migrateAtStart whether a replica brings the schema up to date
 * @param startTimeout how long to wait for the database at the start
 */
public record DatabaseOptions(
        @Nullable DatabaseUrl url,
        @Nullable DatabaseUrl listenUrl,
        Path dataDir,
        int poolSize,
        boolean migrateAtStart,
        Duration startTimeout) {

    /** Reads what starts with {@code DATABASE_}, {@code DATA_DIR} and {@code MIGRATE_AT_START}. */
    public static DatabaseOptions read(SettingsReader in) {
        return new DatabaseOptions(
                in.optional(
                        "DATABASE_URL",
                        "none: an embedded PostgreSQL is started",
                        "the PostgreSQL database, postgresql://user:password@host:5432/database?sslmode=require",
                        UrlParser::parseUsable),
                in.optional(
                        "DATABASE_LISTEN_URL",
                        "DATABASE_URL",
                        "where to LISTEN and to migrate, when DATABASE_URL leads to a transaction pooler",
                        UrlParser::parseUsable),
                in.path("DATA_DIR", "data/postgres", "data directory of the embedded PostgreSQL"),
                in.integer(
                        "DATABASE_POOL_SIZE",
                        8,
                        2,
                        1_000,
                        "connections for replays, health and upkeep; two more follow the log, two append, two look up credentials, one listens"),
                !Boolean.FALSE.equals(
                        in.optionalFlag(
                                "MIGRATE_AT_START",
                                "true",
                                "false leaves the schema to the command migrate, for which a replica waits as for the database")),
                in.duration(
                        "DATABASE_START_TIMEOUT", "30s", "0s", "1h", "how long to wait for the database at the start"));
    }
}
