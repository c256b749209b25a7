package io.eventhandler.eventlog.append;

import static io.eventhandler.postgres.jooq.Tables.FIND_IDEMPOTENCY_KEYS;

import io.eventhandler.event.IdempotencyKey;
import io.eventhandler.eventlog.EventLog;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What idempotency keys ask of a group commit. A batch goes to PostgreSQL in the hope that all its keys are new; when one
 * is not, nothing was stored, and those publishers are answered from what is known.
 */
final class KeyedAppends {

    private final EventLog log;

    KeyedAppends(EventLog log) {
        this.log = log;
    }

    /** Takes those out of the batch that have a key of an earlier one of it: one write stores a key once. */
    static List<PendingAppend> takeRepeats(List<PendingAppend> batch) {
        List<PendingAppend> repeats = List.of();
        Set<IdempotencyKey> seen = Set.of();
        for (Iterator<PendingAppend> iterator = batch.iterator(); iterator.hasNext(); ) {
            PendingAppend pending = iterator.next();
            List<KeyedEvents> claims = pending.claims();
            if (claims.isEmpty()) {
                continue;
            }
            if (claims.stream().map(KeyedEvents::key).anyMatch(seen::contains)) {
                repeats = repeats.isEmpty() ? new ArrayList<>() : repeats;
                repeats.add(pending);
                iterator.remove();
            } else {
                seen = seen.isEmpty() ? new HashSet<>() : seen;
                claims.stream().map(KeyedEvents::key).forEach(seen::add);
            }
        }
        return repeats;
    }

    /** Answers those whose keys are known, and returns those that still have something to store. */
    List<PendingAppend> answerKnown(List<PendingAppend> batch) {
        Map<IdempotencyKey, EarlierAppend> known = findKeys(batch.stream()
                .flatMap(pending -> pending.claims().stream())
                .map(KeyedEvents::key)
                .distinct()
                .toList());
        List<PendingAppend> rest = new ArrayList<>(batch.size());
        for (PendingAppend pending : batch) {
            if (pending.claims().isEmpty() || !pending.answer(known)) {
                rest.add(pending);
            }
        }
        return rest;
    }

    /** What is stored under these keys; nothing for those that are new. */
    private Map<IdempotencyKey, EarlierAppend> findKeys(List<IdempotencyKey> keys) {
        String[] sources = keys.stream().map(IdempotencyKey::source).toArray(String[]::new);
        String[] names = keys.stream().map(IdempotencyKey::name).toArray(String[]::new);
        return log.sql()
                .selectFrom(FIND_IDEMPOTENCY_KEYS(sources, names))
                .fetchMap(
                        row -> new IdempotencyKey(row.getSource(), row.getKey()),
                        row -> new EarlierAppend(row.getFingerprint(), row.getFirstId()));
    }
}
