package io.eventhandler.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Interner;
import io.eventhandler.event.NamePattern;
import io.eventhandler.limits.RateLimit;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Authenticator;
import io.eventhandler.web.Credential;
import io.eventhandler.web.Token;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Knows who a credential stands for. Remembers what it was told, also of those that are none. Thread-safe. */
public final class Access implements Authenticator {

    /** How long a credential is believed in without asking again. */
    public static final Duration TRUST = Duration.ofSeconds(10);

    private static final int MAX_KNOWN = 10_000;

    /** Lets everybody in, to do everything. */
    public static final Authenticator OPEN = new Authenticator() {
        @Override
        public Principal anybody() {
            return Principal.ANYBODY;
        }

        @Override
        public Principal known(Credential credential) {
            return Principal.ANYBODY;
        }

        @Override
        public Principal verify(Credential credential) {
            return Principal.ANYBODY;
        }
    };

    private final ApiKeys keys;
    private final Tickets tickets;
    private final RateLimit refusals;
    private final @Nullable Token adminKey;
    private final @Nullable JwtVerifier jwt;
    private final Cache<Token, Verdict> known =
            Caffeine.newBuilder().maximumSize(MAX_KNOWN).expireAfterWrite(TRUST).build();

    /** Thousands of connections with one credential share one principal. */
    private final Interner<Principal> principals = Interner.newWeakInterner();

    /**
     * @param principal null when the token is none
     * @param reason why it is none
     * @param end until when it is taken, null for ever
     */
    private record Verdict(
            @Nullable Principal principal,
            String reason,
            @Nullable Instant end) {

        static Verdict none(String reason) {
            return new Verdict(null, reason, null);
        }
    }

    /**
     * @param jwt null when JSON Web Tokens are not taken
     * @param refusals of one address
     */
    public Access(AccessOptions options, ApiKeys keys, Tickets tickets, @Nullable JwtVerifier jwt, RateLimit refusals) {
        this.refusals = refusals;
        this.keys = keys;
        this.tickets = tickets;
        this.jwt = jwt;
        this.adminKey = options.adminKey() == null ? null : Token.of(options.adminKey());
    }

    @Override
    public @Nullable Principal anybody() {
        return null;
    }

    @Override
    public @Nullable Principal known(Credential credential) {
        if (credential.kind() == Credential.Kind.NONE) {
            throw Credential.missing();
        }
        if (credential.kind() == Credential.Kind.TICKET) {
            return null;
        }
        Verdict verdict = known.getIfPresent(credential.token());
        try {
            return verdict == null ? null : principal(verdict);
        } catch (ApiException e) {
            throw counted(e, credential);
        }
    }

    /**
     * Whom this stands for; may block.
     *
     * @throws ApiException 401 when it is nobody, 429 when too many of its address were, 503 when that can't be told now
     */
    @Override
    public Principal verify(Credential credential) {
        refusals.check(credential.from().network());
        try {
            return look(credential);
        } catch (ApiException e) {
            throw counted(e, credential);
        }
    }

    private ApiException counted(ApiException e, Credential credential) {
        if (e.status() == 401) {
            refusals.count(credential.from().network());
        }
        return e;
    }

    private Principal look(Credential credential) {
        if (credential.kind() == Credential.Kind.TICKET) {
            Principal principal = tickets.take(credential.text());
            return principal(
                    of(principal, principal.keyId() == null ? JwtClaims.end(principal) : principal.expiresAt()));
        }
        return verify(credential.token(), credential.text());
    }

    private Principal verify(Token hash, String token) {
        return principal(
                jwt == null || ApiKeys.isLike(token) || hash.equals(adminKey)
                        ? known.get(hash, same -> judge(same, token))
                        : verify(jwt, hash, token));
    }

    private static Principal principal(Verdict verdict) {
        Principal principal = verdict.principal();
        if (principal == null) {
            throw Credential.unauthorized(verdict.reason());
        }
        if (verdict.end != null && !verdict.end.isAfter(Instant.now())) {
            throw Credential.unauthorized("the credential has expired");
        }
        return principal;
    }

    private Verdict judge(Token hash, String token) {
        if (hash.equals(adminKey)) {
            return of(new Principal("admin", null, Principal.all(), null, null), null);
        }
        if (ApiKeys.isLike(token)) {
            ApiKey key = keys.find(token);
            if (key == null) {
                return Verdict.none("there is no such API key, or it was deleted");
            }
            keys.used(key.id());
            return of(key.principal(), key.expiresAt());
        }
        return Verdict.none("the token is no API key");
    }

    /** Not within the cache, where others would wait: keys may have to be fetched, and that they can't is not kept. */
    private Verdict verify(JwtVerifier verifier, Token hash, String token) {
        Verdict verdict = known.getIfPresent(hash);
        if (verdict == null) {
            try {
                Principal principal = verifier.verify(token);
                verdict = of(principal, JwtClaims.end(principal));
            } catch (InvalidTokenException e) {
                verdict = Verdict.none(e.reason());
                if (e.isForNow()) {
                    return verdict;
                }
            }
            known.put(hash, verdict);
        }
        return verdict;
    }

    private Verdict of(Principal principal, @Nullable Instant end) {
        return new Verdict(principals.intern(principal), "", end);
    }

    /** Believes nothing any more of what it was told. */
    void forget() {
        known.invalidateAll();
    }

    /**
     * Which events a request selects that asks for these: itself, or what the grants cover when it asks for none.
     *
     * @param asked empty for none in particular
     * @return empty for all
     * @throws ApiException 403 naming what it may not have
     */
    public static List<NamePattern> select(Principal principal, Action action, List<NamePattern> asked) {
        if (principal.isAdmin()) {
            return asked;
        }
        if (asked.isEmpty()) {
            List<NamePattern> granted = principal.granted(action);
            if (granted.isEmpty()) {
                throw Credential.forbidden("this credential may not %s".formatted(action.text()));
            }
            return granted;
        }
        String refusal = principal.refusal(action, asked);
        if (refusal != null) {
            throw Credential.forbidden(refusal);
        }
        return asked;
    }

    /**
     * Lets pass who may do this, which concerns no events.
     *
     * @throws ApiException 403
     */
    public static void check(Principal principal, Action action) {
        if (!principal.allows(action)) {
            throw Credential.forbidden(
                    "this credential may not do this: it needs a grant of %s".formatted(action.text()));
        }
    }
}
