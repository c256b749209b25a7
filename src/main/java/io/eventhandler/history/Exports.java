package io.eventhandler.history;

import io.eventhandler.eventlog.epoch.LogEpoch;
import io.eventhandler.eventlog.read.EventPage;
import io.eventhandler.eventlog.read.HistoryExport;
import io.eventhandler.eventlog.read.HistoryQuery;
import io.eventhandler.eventlog.read.HistoryReader;
import io.eventhandler.service.SettingsReader;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.ByteBudget;
import io.eventhandler.web.StreamedAnswer;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams the history, an event per line, at the pace of each client: a page is read, its connection given back, and the
 * page written. Holds about a page per client. Safe for concurrent use.
 */
public final class Exports {

    /** One JSON value per line. */
    static final String MEDIA_TYPE = "application/x-ndjson";

    /** What an export holds: a page, with an event beyond its end. */
    private static final int EXPORT_BYTES = 2 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Exports.class);

    private final HistoryReader history;
    private final LogEpoch epoch;
    private final Options options;
    private final AnswerBudget budget;
    private final Semaphore free;

    /**
     * @param max at once
     * @param stallTimeout how long a client may read nothing
     */
    public record Options(int max, Duration stallTimeout) {

        static Options read(SettingsReader in) {
            return new Options(
                    in.integer("MAX_EXPORTS", 8, 1, 10_000, "histories that are streamed at once, beyond it 503"),
                    in.duration(
                            "EXPORT_STALL_TIMEOUT",
                            "1m",
                            "100ms",
                            "1d",
                            "how long the client of a streamed history may read nothing"));
        }
    }

    /**
     * @param budget of the pages that are being written
     */
    Exports(HistoryReader history, LogEpoch epoch, Options options, AnswerBudget budget) {
        this.history = history;
        this.epoch = epoch;
        this.options = options;
        this.budget = budget;
        this.free = new Semaphore(options.max());
    }

    /**
     * Answers with all events that the query selects.
     *
     * @return whether the answer is complete
     * @throws ApiException when there are as many such answers on their way as may
     */
    boolean stream(Context context, HistoryQuery query) {
        if (!free.tryAcquire()) {
            throw ApiException.unavailable(
                    "%d exports of the history are on their way, more are not served at once".formatted(options.max()));
        }
        try (ByteBudget.Share share = budget.share()) {
            budget.take(EXPORT_BYTES, share);
            HistoryExport export = HistoryExport.open(history, query);
            return write(context, export, export.next());
        } finally {
            free.release();
        }
    }

    /** Answers HEAD: no event is read. */
    void head(Context context) {
        putHeaders(context);
        context.contentType(MEDIA_TYPE);
    }

    private void putHeaders(Context context) {
        context.header(LogEpoch.HEADER, epoch.current());
        HistoryAnswer.varies(context);
    }

    private boolean write(Context context, HistoryExport export, EventPage first) {
        putHeaders(context);
        try (var answer = new StreamedAnswer(context, MEDIA_TYPE, options.stallTimeout())) {
            EventPage page = first;
            HistoryAnswer.lines(answer, page.events());
            while (page.more()) {
                page = export.next();
                HistoryAnswer.lines(answer, page.events());
            }
            answer.complete();
            return true;
        } catch (IOException e) {
            LOG.debug("an export's client has gone", e);
        } catch (RuntimeException e) {
            LOG.atWarn()
                    .addKeyValue("reason", String.valueOf(e.getMessage()))
                    .log("an export failed, its connection was ended");
        }
        return false;
    }
}
