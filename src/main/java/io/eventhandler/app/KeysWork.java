package io.eventhandler.app;

import io.eventhandler.access.ApiKey;
import io.eventhandler.access.ApiKeys;
import io.eventhandler.activity.ActivityLog;
import io.eventhandler.activity.Client;
import io.eventhandler.json.Excerpt;
import io.eventhandler.keys.KeyJson;
import io.eventhandler.keys.KeyRequest;
import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.web.ApiException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@link KeysCommand} does with a database that answers. For one thread. */
final class KeysWork {

    private static final String CREATE = "create";
    private static final String LIST = "list";
    private static final String DELETE = "delete";

    /** Of its connections. */
    static final String APPLICATION = "eventhandler-keys";

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final String command;
    private final String argument;
    private final ApiKeys.@Nullable Wanted wanted;
    private final ActivityLog activity = new ActivityLog();

    /**
     * Whoever runs the command.
     *
     * @param client the name of the operating system's user
     */
    private record User(@Nullable String client, @Nullable String key) implements Client {}

    /**
     * @param arguments after {@code keys}
     * @throws IllegalArgumentException when they are wrong
     */
    KeysWork(List<String> arguments) {
        command = arguments.isEmpty() ? "" : arguments.getFirst();
        boolean isComplete = arguments.size() == 2 && (command.equals(CREATE) || command.equals(DELETE));
        if (!isComplete && !arguments.equals(List.of(LIST))) {
            throw new IllegalArgumentException("keys takes: create JSON, list, or delete ID; --help shows more");
        }
        argument = arguments.getLast();
        wanted = command.equals(CREATE) ? wanted(argument) : null;
    }

    private static ApiKeys.Wanted wanted(String json) {
        try {
            return KeyRequest.read(json.getBytes(StandardCharsets.UTF_8), Instant.now());
        } catch (ApiException e) {
            throw new IllegalArgumentException("keys create: " + e.getMessage(), e);
        }
    }

    /**
     * Writes the result alone to {@code out}, and returns the exit status: 0, or 1 when it failed.
     *
     * @param start of this database
     */
    int run(DatabaseUrl url, DatabaseStart start, PrintStream out, PrintStream err)
            throws SQLException, InterruptedException {
        start.awaitMigrated();
        var database = new Database(url, APPLICATION, 1, TIMEOUT, TIMEOUT);
        try {
            String fault = run(new ApiKeys(database), out);
            if (fault != null) {
                err.println(fault);
            }
            return fault == null ? 0 : 1;
        } catch (ApiException e) {
            err.println(e.getMessage());
            return 1;
        } finally {
            database.stop();
        }
    }

    private @Nullable String run(ApiKeys keys, PrintStream out) {
        var user = new User(System.getProperty("user.name"), null);
        if (wanted != null) {
            ApiKeys.Created created = keys.create(wanted);
            if (created == null) {
                return "there are %d API keys already: delete some".formatted(ApiKeys.MAX);
            }
            activity.keyCreated(created.key().id(), created.key().name(), APPLICATION, user);
            out.println(created.token());
        } else if (command.equals(DELETE)) {
            if (!keys.delete(argument)) {
                return "there is no API key '%s'".formatted(Excerpt.of(argument));
            }
            activity.keyDeleted(argument, APPLICATION, user);
        } else {
            for (ApiKey key : keys.all()) {
                out.println(KeyJson.of(key, null));
            }
        }
        return null;
    }
}
