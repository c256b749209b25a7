package io.eventhandler.access;

import static io.eventhandler.postgres.jooq.Tables.API_KEYS;

import io.eventhandler.lifecycle.Failures;
import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.jooq.Routines;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Token;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/** The API keys in the database. Thread-safe; every call may block, and throw an {@link ApiException} with 503. */
public final class ApiKeys {

    /** The most that there may be. */
    public static final int MAX = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(ApiKeys.class);
    private static final Failures FAILURES = new Failures(LOG);
    private static final Pattern FORM = Pattern.compile("eh_([0-9a-f]{16})_[A-Za-z0-9_-]{43}");
    private static final JsonMapper JSON = new JsonMapper();

    private final Database database;
    private final SecureRandom random = new SecureRandom();

    public ApiKeys(Database database) {
        this.database = database;
    }

    /**
     * A key that was just made.
     *
     * @param token the key itself, which nobody can learn again
     */
    public record Created(ApiKey key, String token) {

        /** Without the key itself. */
        @Override
        public String toString() {
            return key.toString();
        }
    }

    /** What a key is to be; see {@link ApiKey}. */
    public record Wanted(
            String name,
            List<Grant> grants,
            @Nullable String source,
            @Nullable Instant expiresAt) {

        public Wanted {
            grants = List.copyOf(grants);
        }
    }

    /** What the database says; an {@link ApiException} with 503 when it says nothing. */
    static <T extends @Nullable Object> T ask(Supplier<T> query) {
        try {
            return query.get();
        } catch (DataAccessException e) {
            FAILURES.say(e, "credentials could not be read or written");
            throw ApiException.unavailable("the database does not answer, try again");
        }
    }

    /** Makes a key; null when there are {@link #MAX} already. */
    public @Nullable Created create(Wanted wanted) {
        return ask(() -> insert(wanted));
    }

    private @Nullable Created insert(Wanted wanted) {
        String id = HexFormat.of().toHexDigits(random.nextLong());
        String token = "eh_" + id + "_" + Token.random();
        Instant end = wanted.expiresAt();
        if (!Boolean.TRUE.equals(Routines.createApiKey(
                database.sql().configuration(),
                id,
                Token.of(token).hash(),
                wanted.name(),
                JSONB.valueOf(Grants.write(wanted.grants())),
                wanted.source(),
                end == null ? null : end.atOffset(ZoneOffset.UTC),
                MAX))) {
            return null;
        }
        ApiKey key = key(database.sql().fetchSingle(DSL.selectFrom(API_KEYS).where(API_KEYS.ID.eq(id))));
        return new Created(key, token);
    }

    /** All keys, oldest first. */
    public List<ApiKey> all() {
        return ask(() -> database.sql()
                .selectFrom(API_KEYS)
                .orderBy(API_KEYS.CREATED_AT, API_KEYS.ID)
                .fetch(ApiKeys::key));
    }

    /** Removes a key, of which all replicas hear; false when there is none. */
    public boolean delete(String id) {
        return Boolean.TRUE.equals(
                ask(() -> Routines.deleteApiKey(database.sql().configuration(), id)));
    }

    /** Whether a text may be an API key. */
    static boolean isLike(String token) {
        return FORM.matcher(token).matches();
    }

    /** The key that this token is, null when it is none. */
    @Nullable
    ApiKey find(String token) {
        var form = FORM.matcher(token);
        if (!form.matches()) {
            return null;
        }
        Record row = ask(() -> row(form.group(1)));
        if (row == null || !Token.of(token).equals(Token.ofHash(row.get(API_KEYS.HASH)))) {
            return null;
        }
        return key(row);
    }

    /** The key of this id, null when there is none. */
    @Nullable
    ApiKey get(String id) {
        Record row = ask(() -> row(id));
        return row == null ? null : key(row);
    }

    private @Nullable Record row(String id) {
        return database.sql().fetchOne(DSL.selectFrom(API_KEYS).where(API_KEYS.ID.eq(id)));
    }

    /** It is in use now. */
    void used(String id) {
        try {
            Routines.useApiKey(database.sql().configuration(), id);
        } catch (DataAccessException e) {
            LOG.debug("it could not be written that a key is in use", e); // a standby takes no writes
        }
    }

    /** Those of these ids that are no keys. */
    Set<String> missing(Collection<String> ids) {
        Set<String> missing = new HashSet<>(ids);
        missing.removeAll(ask(() -> database.sql()
                .select(API_KEYS.ID)
                .from(API_KEYS)
                .where(API_KEYS.ID.eq(DSL.any(ids.toArray(String[]::new))))
                .fetch(API_KEYS.ID)));
        return missing;
    }

    private static ApiKey key(Record row) {
        return new ApiKey(
                row.get(API_KEYS.ID),
                row.get(API_KEYS.NAME),
                Grants.read(JSON.readTree(row.get(API_KEYS.GRANTS).data())),
                row.get(API_KEYS.SOURCE),
                row.get(API_KEYS.CREATED_AT).toInstant(),
                row.get(API_KEYS.EXPIRES_AT) == null
                        ? null
                        : row.get(API_KEYS.EXPIRES_AT).toInstant(),
                row.get(API_KEYS.LAST_USED_AT) == null
                        ? null
                        : row.get(API_KEYS.LAST_USED_AT).toInstant());
    }
}
