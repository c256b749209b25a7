package io.eventhandler.eventlog.append;

import io.eventhandler.event.NewEvent;
import io.eventhandler.eventlog.DatabaseFailure;
import io.eventhandler.eventlog.EventLog;
import io.eventhandler.eventlog.RecentEvents;
import io.eventhandler.postgres.jooq.Routines;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes batches, each until the outcome of all its events is settled: refused ones fail alone, known idempotency keys are
 * answered, lost answers are looked up, an absent database is waited for. For one thread.
 */
final class BatchWriter {

    private static final Logger LOG = LoggerFactory.getLogger(BatchWriter.class);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(50);
    private static final Duration PROBE_PAUSE = Duration.ofSeconds(1);

    private final EventLog log;
    private final RecentEvents recent;
    private final Acknowledger acknowledger;
    private final String applicationName;
    private final AppendStatement statement;
    private final Duration timeout;
    private final AppendMetrics metrics;
    private final KeyedAppends keyed;
    private boolean databaseAway;
    private long probedNanos;
    private volatile long failingSinceNanos; // 0 while batches can be stored
    private volatile int backendPid;

    /**
     * @param log over a pool that nothing else uses
     * @param applicationName of that pool's connections, unique in the database
     * @param statement stores a batch
     * @param timeout how long a lost answer is looked for
     */
    BatchWriter(
            EventLog log,
            RecentEvents recent,
            Acknowledger acknowledger,
            String applicationName,
            AppendStatement statement,
            Duration timeout,
            AppendMetrics metrics) {
        this.log = log;
        this.recent = recent;
        this.acknowledger = acknowledger;
        this.applicationName = applicationName;
        this.statement = statement;
        this.timeout = timeout;
        this.metrics = metrics;
        this.keyed = new KeyedAppends(log);
    }

    /** The PostgreSQL process that appended last, 0 before the first append. */
    int backendPid() {
        return backendPid;
    }

    /** For how long nothing could be stored, zero when a batch could be, by all that is known. */
    Duration failingFor() {
        long since = failingSinceNanos;
        return since == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - since);
    }

    /** While nothing could be stored and nobody publishes: tries now and then whether it is possible again. */
    void probe() {
        if (failingSinceNanos == 0 || System.nanoTime() - probedNanos < PROBE_PAUSE.toNanos()) {
            return;
        }
        probedNanos = System.nanoTime();
        try {
            Routines.tryAppendEvents(log.sql().configuration());
            reportBack();
        } catch (DataAccessException e) {
            reportAway(e);
        }
    }

    /** Writes what has gathered; of publishers with the same idempotency key the later ones after the first. */
    void write(List<PendingAppend> gathered) throws InterruptedException {
        List<PendingAppend> next = gathered;
        while (!next.isEmpty()) {
            List<PendingAppend> repeats = KeyedAppends.takeRepeats(next);
            writeDistinct(next);
            next = repeats;
            if (!repeats.isEmpty()) {
                try {
                    next = keyed.answerKnown(repeats);
                } catch (DataAccessException e) {
                    LOG.debug("the write will find out which keys are known", e);
                }
            }
        }
    }

    /** Writes the batch until every event's outcome is settled or its publisher has gone. */
    private void writeDistinct(List<PendingAppend> gathered) throws InterruptedException {
        List<PendingAppend> batch = gathered;
        UUID token = UUID.randomUUID();
        boolean reported = false;
        while (true) {
            long now = System.nanoTime();
            batch = batch.stream().filter(pending -> !pending.isDone(now)).toList();
            if (batch.isEmpty()) {
                return;
            }
            List<PendingAppend> sent = new ArrayList<>(batch.size());
            long headBefore = recent.newest();
            try {
                Appended appended = append(token, batch, sent);
                reportBack();
                if (appended != null) {
                    metrics.stored(sent);
                    acknowledger.acknowledge(sent, appended);
                    return;
                }
                sent.forEach(PendingAppend::unsend);
                batch = answerKnown(sent);
                continue;
            } catch (NothingStoredException e) {
                reportAway(e.getCause());
            } catch (DataAccessException e) {
                batch = sent;
                if (DatabaseFailure.isRefusal(e)) {
                    refuse(batch, e);
                    return;
                }
                if (!reported) {
                    reported = true;
                    LOG.atWarn()
                            .addKeyValue("reason", DatabaseFailure.reason(e))
                            .log("a batch of {} was not stored", batch.size());
                }
                if (DatabaseFailure.isAmbiguous(e)) {
                    batch.forEach(PendingAppend::answerLost);
                    if (!resolve(token, batch, headBefore)) {
                        return;
                    }
                }
            }
            batch.forEach(PendingAppend::unsend);
            if (failingSinceNanos == 0) {
                failingSinceNanos = Math.max(1, System.nanoTime());
            }
            Thread.sleep(RETRY_PAUSE);
        }
    }

    /**
     * Null when an idempotency key is known and hence nothing was stored, or all publishers have gone.
     *
     * @param sent gets those of the batch that the statement is sent with: once there is a connection, whose publishers wait
     */
    private @Nullable Appended append(UUID token, List<PendingAppend> batch, List<PendingAppend> sent)
            throws NothingStoredException {
        try {
            return log.sql().connectionResult(connection -> {
                backendPid = connection.unwrap(PGConnection.class).getBackendPID();
                batch.stream().filter(PendingAppend::send).forEach(sent::add);
                return sent.isEmpty() ? null : statement.execute(connection, token, sent);
            });
        } catch (DataAccessException e) {
            if (sent.isEmpty()) {
                throw new NothingStoredException(e);
            }
            throw e;
        }
    }

    private List<PendingAppend> answerKnown(List<PendingAppend> batch) throws NothingStoredException {
        try {
            return keyed.answerKnown(batch);
        } catch (DataAccessException e) {
            throw new NothingStoredException(e);
        }
    }

    /** PostgreSQL refused the batch as a whole: halves it until the culprits stand alone. */
    private void refuse(List<PendingAppend> batch, DataAccessException refusal) throws InterruptedException {
        if (batch.size() == 1) {
            PendingAppend culprit = batch.getFirst();
            culprit.refused(indexOfCulprit(culprit.events()), DatabaseFailure.reason(refusal));
            return;
        }
        batch.forEach(PendingAppend::unsend);
        writeDistinct(batch.subList(0, batch.size() / 2));
        writeDistinct(batch.subList(batch.size() / 2, batch.size()));
    }

    private int indexOfCulprit(List<NewEvent> events) {
        if (events.size() == 1) {
            return 0;
        }
        try {
            return RefusedEvent.indexAmong(events, log);
        } catch (DataAccessException e) {
            return -1; // that it was refused is certain, and known without the database
        }
    }

    /**
     * Finds out whether a batch whose answer was lost is stored, and acknowledges it if so.
     *
     * @return true when it is known not to be stored, so that it may be tried again
     */
    private boolean resolve(UUID token, List<PendingAppend> batch, long headBefore) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        do {
            try {
                Appended appended = LostAnswer.find(log, token, headBefore, applicationName);
                if (appended == null) {
                    return true;
                }
                reportBack();
                LOG.info("a batch whose answer was lost is stored from id {}", appended.firstId());
                acknowledger.acknowledge(batch, appended);
                return false;
            } catch (DataAccessException e) {
                reportAway(e);
                Thread.sleep(RETRY_PAUSE);
            }
        } while (System.nanoTime() < deadline);
        batch.forEach(pending -> pending.complete(AppendResult.Unknown.CONNECTION_BROKE));
        return false;
    }

    private void reportAway(@Nullable Throwable cause) {
        if (!databaseAway) {
            databaseAway = true;
            LOG.atWarn()
                    .addKeyValue("reason", DatabaseFailure.reason(cause))
                    .log("the database is away: publishers wait");
        }
    }

    private void reportBack() {
        failingSinceNanos = 0;
        if (databaseAway) {
            databaseAway = false;
            LOG.info("the database is back");
        }
    }

    /** The database is away, but it is certain that nothing was stored. */
    private static final class NothingStoredException extends Exception {
        private static final long serialVersionUID = 1L;

        NothingStoredException(DataAccessException cause) {
            super(cause);
        }
    }
}
