package io.eventhandler.app;

import io.eventhandler.eventlog.LogPrivileges;
import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.postgres.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether the log in a database, or the lack of one, suits replicas that connect as this role. For one thread. */
final class LogFindings {

    private static final int NAMED = 3;
    private static final String ROLES = " (docs/operations.md, 'Database roles')";

    private final Settings settings;
    private final DatabaseUrl url;
    private final @Nullable DatabaseUrl listenUrl;
    private final Findings findings;

    LogFindings(Settings settings, DatabaseUrl url, Findings findings) {
        this.settings = settings;
        this.url = url;
        this.listenUrl = settings.database().listenUrl();
        this.findings = findings;
    }

    /** What there is of the log, and what the role may do with it. */
    void look(Database database) {
        LogPrivileges privileges = LogPrivileges.read(database.sql());
        if (privileges == null) {
            findings.fail(
                    "schema",
                    "no schema of the search_path exists",
                    "CREATE SCHEMA public, or ALTER ROLE … RESET search_path");
            return;
        }
        boolean isCurrent = false;
        if (privileges.maySeeMigrations()) {
            isCurrent = schema(database, privileges);
        }
        if (!privileges.mayUse() || !privileges.missing().isEmpty()) {
            lacks(privileges);
        } else if (privileges.owner() == null) {
            mayMake(privileges);
        } else if (!privileges.mayCreate()) {
            findings.fail(
                    "privileges",
                    "the log's owner %s may not add partitions to it".formatted(privileges.owner()),
                    grantCreate(privileges, privileges.owner()));
        } else if (privileges.isOwner()) {
            findings.ok("privileges", "%s owns the log and may do everything".formatted(privileges.role()));
        } else if (settings.database().migrateAtStart()) {
            mayNotMigrate(privileges, isCurrent);
        } else {
            findings.ok(
                    "privileges", "%s may run replicas, %s migrates".formatted(privileges.role(), privileges.owner()));
        }
    }

    private void mayNotMigrate(LogPrivileges privileges, boolean isCurrent) {
        String finding =
                "%s may run replicas, but not migrate what %s owns".formatted(privileges.role(), privileges.owner());
        String remedy = "set MIGRATE_AT_START=false, and run the command migrate as the owner before each update";
        if (isCurrent) {
            findings.warn("privileges", finding, remedy);
        } else {
            findings.fail("privileges", finding, remedy);
        }
    }

    private void lacks(LogPrivileges privileges) {
        List<String> missing = privileges.missing();
        String finding = !privileges.mayUse()
                ? "%s may not use the schema %s".formatted(privileges.role(), privileges.schema())
                : "%s may not read or call %s%s"
                        .formatted(
                                privileges.role(),
                                String.join(", ", missing.subList(0, Math.min(NAMED, missing.size()))),
                                missing.size() > NAMED ? " and %d more".formatted(missing.size() - NAMED) : "");
        findings.fail("privileges", finding, String.join("; ", privileges.grants()) + ROLES);
    }

    private void mayMake(LogPrivileges privileges) {
        String role = privileges.role();
        if (privileges.mayCreate()) {
            findings.ok("privileges", "%s may make the log in the schema %s".formatted(role, privileges.schema()));
        } else if (settings.database().migrateAtStart()) {
            findings.fail(
                    "privileges",
                    "%s may create nothing in the schema %s".formatted(role, privileges.schema()),
                    grantCreate(privileges, role));
        } else {
            findings.ok(
                    "privileges", "%s needs none until the command migrate has run as another role".formatted(role));
        }
    }

    private static String grantCreate(LogPrivileges privileges, String role) {
        return "GRANT CREATE ON SCHEMA %s TO %s%s".formatted(privileges.schema(), role, ROLES);
    }

    /** Returns whether the log has all migrations of this release. */
    private boolean schema(Database database, LogPrivileges privileges) {
        var schema = new Schema(database);
        Schema.Versions versions = schema.versions();
        String has = "it has migration %d, this release %d".formatted(versions.applied(), versions.known());
        if (versions.isComplete()) {
            String fault = schema.fault();
            if (fault != null) {
                findings.fail("schema", "it " + fault, "run a later release");
            } else if (versions.applied() > versions.known()) {
                findings.ok("schema", "it is of a later release, which this one may serve: " + has);
            } else {
                findings.ok("schema", "it is up to date: " + has);
            }
            return true;
        }
        String state = privileges.owner() == null ? "it is not migrated yet" : "it is older: " + has;
        if (!settings.database().migrateAtStart()) {
            findings.warn(
                    "schema", state + ", and MIGRATE_AT_START=false lets replicas wait", "run the command migrate");
        } else if (database.isPooled() && (listenUrl == null || !DatabaseStart.canMigrate(listenUrl, url))) {
            findings.fail(
                    "schema",
                    state + ", and no migration goes through a pooler",
                    "set DATABASE_LISTEN_URL to a direct connection to the same database, as the same user");
        } else {
            findings.ok("schema", state + "; the first replica migrates it, or the command migrate");
        }
        return false;
    }
}
