package io.eventhandler.access;

import static io.eventhandler.postgres.jooq.Tables.TAKE_TICKET;

import io.eventhandler.limits.Limited;
import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.jooq.Routines;
import io.eventhandler.postgres.jooq.tables.records.TakeTicketRecord;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Credential;
import io.eventhandler.web.Token;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jooq.JSONB;
import org.jooq.types.YearToSecond;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tickets, each of which stands for a credential once, on any replica, for a moment: a page that can send no headers opens a
 * WebSocket or an event stream with one. They are in the database. Thread-safe; every call may block, and throw an
 * {@link ApiException} with 503.
 */
public final class Tickets {

    /** How long one is taken, by the database's clock. */
    public static final Duration LIFE = Duration.ofSeconds(30);

    /** The most that may wait to be used. */
    private static final int MAX = 10_000;

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{43}");
    private static final JsonMapper JSON = new JsonMapper();

    private final Database database;
    private final ApiKeys keys;
    private final int maxOfOne;
    private final Limited limited;

    /**
     * @param maxOfOne the most of one credential that may wait to be used
     */
    public Tickets(Database database, ApiKeys keys, int maxOfOne, Limited limited) {
        this.limited = limited;
        this.database = database;
        this.keys = keys;
        this.maxOfOne = maxOfOne;
    }

    /**
     * Makes one for the credential of this principal; for nobody in particular one that nobody will ask for.
     *
     * @throws ApiException 429 when too many wait to be used
     */
    public String create(Principal principal) {
        String ticket = Token.random();
        if (!principal.equals(Principal.ANYBODY) && !ApiKeys.ask(() -> insert(ticket, principal))) {
            throw limited.refusal(
                    "too many tickets wait to be used: MAX_TICKETS_PER_KEY is %d, and there may be %d in all"
                            .formatted(maxOfOne, MAX),
                    Duration.ofSeconds(1));
        }
        return ticket;
    }

    private boolean insert(String ticket, Principal principal) {
        boolean isKey = principal.keyId() != null; // which says itself what it allows, when the ticket is used
        Instant end = isKey ? null : principal.expiresAt();
        return Boolean.TRUE.equals(Routines.createTicket(
                database.sql().configuration(),
                Token.of(ticket).hash(),
                YearToSecond.valueOf(LIFE),
                principal.keyId(),
                principal.subject(),
                isKey ? null : JSONB.valueOf(Grants.write(principal.grants())),
                end == null ? null : end.atOffset(ZoneOffset.UTC),
                maxOfOne,
                MAX));
    }

    /**
     * Whom a ticket stands for, which is none any more.
     *
     * @throws ApiException 401 when it is none
     */
    Principal take(String ticket) {
        Principal principal = FORM.matcher(ticket).matches() ? ApiKeys.ask(() -> delete(ticket)) : null;
        if (principal == null) {
            throw Credential.unauthorized(
                    "the ticket is none, was used, or is older than %d s".formatted(LIFE.toSeconds()));
        }
        return principal;
    }

    private @Nullable Principal delete(String ticket) {
        TakeTicketRecord taken =
                database.sql().fetchOne(TAKE_TICKET.call(Token.of(ticket).hash()));
        if (taken == null) {
            return null;
        }
        String keyId = taken.getKeyId();
        if (keyId != null) {
            ApiKey key = keys.get(keyId);
            return key == null ? null : key.principal();
        }
        JSONB grants = Objects.requireNonNull(taken.getGrants());
        OffsetDateTime end = taken.getCredentialUntil();
        return new Principal(
                Objects.requireNonNull(taken.getSubject()),
                null,
                Grants.read(JSON.readTree(grants.data())),
                null,
                end == null ? null : end.toInstant());
    }
}
