package io.eventhandler.testing;

import io.eventhandler.postgres.DatabaseUrl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * A database whose log is migrated by one role and served by another, both made by the SQL of docs/operations.md.
 *
 * @param owner the database as the role that migrates sees it
 * @param service the database as the role that runs sees it
 */
public record DatabaseRoles(TestDatabase owner, TestDatabase service) {

    private static final Pattern SQL = Pattern.compile("## Database roles.*?```sql\n(.*?)```", Pattern.DOTALL);
    private static final String PASSWORD = "a-password";

    /** With two roles that are made for this database, which is empty. */
    public static DatabaseRoles create(TestDatabase database) {
        TestDatabase owner = as(database, "owner_of_" + database.url().database());
        return create(database, owner);
    }

    /** With a role that runs the service; who made the database migrates it, or has. */
    public static DatabaseRoles ownedByItsMaker(TestDatabase database) {
        return create(database, database);
    }

    private static DatabaseRoles create(TestDatabase database, TestDatabase owner) {
        TestDatabase service = as(database, "service_of_" + database.url().database());
        boolean isNewOwner = !owner.equals(database);
        for (String statement : sql().split(";", -1)) {
            String named = statement
                    .replaceAll("--.*|\\\\connect.*", "")
                    .strip()
                    .replaceAll("'…'", "'" + PASSWORD + "'")
                    .replace("eventhandler_owner", owner.url().user())
                    .replace("eventhandler_service", service.url().user())
                    .replaceAll(
                            "DATABASE eventhandler\\b",
                            "DATABASE " + database.url().database())
                    .replaceAll("CREATE DATABASE (\\w+) OWNER", "ALTER DATABASE $1 OWNER TO");
            boolean isOfOldOwner =
                    !isNewOwner && named.contains("ROLE " + owner.url().user() + " LOGIN");
            if (!named.isEmpty() && !isOfOldOwner) {
                database.execute(named);
            }
        }
        var roles = new DatabaseRoles(owner, service);
        roles.owner.migrate();
        return roles;
    }

    private static String sql() {
        try {
            var found = SQL.matcher(Files.readString(Path.of("docs/operations.md")));
            if (!found.find()) {
                throw new IllegalStateException("docs/operations.md says nothing of roles");
            }
            return found.group(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TestDatabase as(TestDatabase database, String role) {
        DatabaseUrl url = database.url();
        return TestDatabase.at(new DatabaseUrl(url.hosts(), url.database(), role, PASSWORD, url.parameters()));
    }
}
