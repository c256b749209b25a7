package io.eventhandler.history;

import io.eventhandler.access.Access;
import io.eventhandler.access.Action;
import io.eventhandler.access.Principal;
import io.eventhandler.cloudevents.CloudEventJson;
import io.eventhandler.event.Event;
import io.eventhandler.eventlog.epoch.LogEpoch;
import io.eventhandler.eventlog.read.EventPage;
import io.eventhandler.eventlog.read.HistoryException;
import io.eventhandler.eventlog.read.HistoryQuery;
import io.eventhandler.eventlog.read.HistoryReader;
import io.eventhandler.json.Excerpt;
import io.eventhandler.limits.ClientLimits;
import io.eventhandler.limits.Limited;
import io.eventhandler.limits.ShareLimit;
import io.eventhandler.service.Memory;
import io.eventhandler.service.SettingsReader;
import io.eventhandler.web.Accept;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.ByteBudget;
import io.eventhandler.web.Caller;
import io.eventhandler.web.ClientAddress;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.HttpAnswer;
import io.eventhandler.web.Routes;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers {@code GET /events} and {@code GET /events/{id}}, with CloudEvents if the client would rather have them. */
public final class HistoryEndpoint implements Endpoint {

    /**
     * @param poolSize connections for queries
     * @param timeout how long a query may take
     * @param maxBytes of events that answers may hold at once
     * @param exports what may be streamed
     */
    public record Options(int poolSize, Duration timeout, long maxBytes, Exports.Options exports) {

        private static final int LEAST_BYTES = 16 << 20; // two pages

        /** Reads what starts with {@code HISTORY_}, and the limits of exports. */
        public static Options read(SettingsReader in) {
            Integer maxBytes = in.optionalSize(
                    "MAX_HISTORY_SIZE",
                    "an eighth of the heap, 16MiB to 64MiB",
                    "1MiB",
                    "1GiB",
                    "answers of the history held at once, beyond it 503");
            return new Options(
                    in.integer("HISTORY_POOL_SIZE", 4, 1, 1_000, "connections for queries of the history"),
                    in.duration("HISTORY_TIMEOUT", "10s", "10ms", "1h", "how long a query of the history may take"),
                    maxBytes == null ? Math.max(LEAST_BYTES, Memory.eighthOfHeap(64 << 20)) : maxBytes,
                    Exports.Options.read(in));
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(HistoryEndpoint.class);

    private final HistoryReader history;
    private final LogEpoch epoch;
    private final Options options;
    private final AnswerBudget budget;
    private final Exports exports;
    private final HistoryMetrics metrics;
    private final ShareLimit perKey;

    /**
     * @param history over a pool of its own
     * @param clients how much one may ask at once
     */
    public HistoryEndpoint(
            HistoryReader history, LogEpoch epoch, Options options, ClientLimits clients, MeterRegistry registry) {
        this.history = history;
        this.epoch = epoch;
        this.options = options;
        this.budget = new AnswerBudget(options.maxBytes());
        this.exports = new Exports(history, epoch, options.exports(), budget);
        this.metrics = new HistoryMetrics(registry);
        this.perKey = new ShareLimit(
                new Limited(registry, "history_per_key"),
                "MAX_HISTORY_PER_KEY",
                "queries of the history",
                clients.historyPerKey());
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/events", this::list);
        routes.get("/events/{id}", this::one);
    }

    /**
     * @param query answers and says whether the answer is complete
     */
    private void measure(Context context, HistoryMetrics.Kind kind, BooleanSupplier query) {
        String client = principal(context).account(ClientAddress.of(context).network());
        long startNanos = System.nanoTime();
        HistoryMetrics.Outcome outcome = HistoryMetrics.Outcome.FAILED;
        try {
            if (!perKey.take(client)) {
                throw perKey.refused();
            }
            if (query.getAsBoolean()) {
                outcome = HistoryMetrics.Outcome.OK;
            }
        } catch (HistoryException e) {
            ApiException answer = translate(e);
            outcome = HistoryMetrics.Outcome.ofError(answer.status());
            throw answer;
        } catch (ApiException e) {
            outcome = HistoryMetrics.Outcome.ofError(e.status());
            throw e;
        } finally {
            perKey.give(client);
            metrics.answered(kind, outcome, startNanos);
        }
    }

    private static ApiException translate(HistoryException e) {
        return switch (e.reason()) {
            case AWAY -> ApiException.unavailable("the database does not answer, try again");
            case BUSY -> ApiException.unavailable("too many queries of the history run now, try again");
            case TOO_SLOW ->
                new ApiException(
                        504, "the query took too long: narrow it by event_name, after and before, or since and until");
            case REFUSED -> ApiException.invalid("the query can't be compared with events: " + e.getMessage());
            case BEHIND, REMOVED -> ApiException.unavailable(e.getMessage() + ", try again");
        };
    }

    private void list(Context context) {
        String type = Accept.choose(
                context.header("Accept"), HttpAnswer.JSON, CloudEventJson.BATCH_MEDIA_TYPE, Exports.MEDIA_TYPE);
        boolean isExport = type.equals(Exports.MEDIA_TYPE);
        measure(context, isExport ? HistoryMetrics.Kind.EXPORT : HistoryMetrics.Kind.PAGE, () -> {
            HistoryQuery query = HistoryParameters.read(context.queryString(), isExport);
            HistoryQuery allowed =
                    query.withPatterns(Access.select(principal(context), Action.SUBSCRIBE, query.patterns()));
            return isExport ? export(context, allowed) : page(context, query, allowed, type);
        });
    }

    private boolean export(Context context, HistoryQuery query) {
        if (context.method().equals(HandlerType.HEAD)) {
            exports.head(context);
            return true;
        }
        return exports.stream(context, query);
    }

    private static Principal principal(Context context) {
        return Caller.of(context, Principal.class);
    }

    /**
     * @param query as it was asked, which the next page repeats
     * @param allowed the same, as far as the client may see it
     */
    private boolean page(Context context, HistoryQuery query, HistoryQuery allowed, String type) {
        EventPage page = history.page(allowed);
        List<Event> events = page.events();
        @Nullable String link = page.more() ? NextPage.after(events.getLast().id(), query) : null;
        return answer(events, () -> {
            context.header(LogEpoch.HEADER, epoch.current());
            if (link != null) {
                context.header("Link", "<" + link + ">; rel=\"next\"");
            }
            HistoryAnswer.list(context, type, events, options.exports().stallTimeout());
        });
    }

    private void one(Context context) {
        measure(context, HistoryMetrics.Kind.PAGE, () -> event(context));
    }

    private boolean event(Context context) {
        String text = context.pathParam("id");
        long id;
        try {
            id = Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw ApiException.invalid(
                    "an event's id must be a whole number from 1 on, not '%s'".formatted(Excerpt.of(text)));
        }
        Event event = history.find(id);
        if (event == null || !principal(context).allows(Action.SUBSCRIBE, event.name())) {
            throw new ApiException(404, "there is no event %d".formatted(id));
        }
        String type = Accept.choose(context.header("Accept"), HttpAnswer.JSON, CloudEventJson.MEDIA_TYPE);
        return answer(List.of(event), () -> {
            context.header(LogEpoch.HEADER, epoch.current());
            HistoryAnswer.one(context, type, event, options.exports().stallTimeout());
        });
    }

    /** Writes an answer. */
    private interface Writing {
        void write() throws IOException;
    }

    /** Holds the events until they are written; false when the client has gone before that. */
    private boolean answer(List<Event> events, Writing writing) {
        try (ByteBudget.Share share = budget.share()) {
            budget.take(AnswerBudget.bytes(events), share);
            writing.write();
            return true;
        } catch (IOException e) {
            LOG.debug("a client did not take its answer", e);
            return false;
        }
    }
}
