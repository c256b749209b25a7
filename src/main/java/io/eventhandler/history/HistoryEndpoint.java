package io.eventhandler.history;

import io.eventhandler.cloudevents.CloudEventJson;
import io.eventhandler.event.Event;
import io.eventhandler.event.EventJson;
import io.eventhandler.eventlog.read.History;
import io.eventhandler.eventlog.read.HistoryException;
import io.eventhandler.eventlog.read.HistoryPage;
import io.eventhandler.eventlog.read.HistoryQuery;
import io.eventhandler.json.JsonWriter;
import io.eventhandler.service.SettingsReader;
import io.eventhandler.web.Accept;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.Envelope;
import io.eventhandler.web.HttpAnswer;
import io.eventhandler.web.Routes;
import io.javalin.http.Context;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Answers {@code GET /events} and {@code GET /events/{id}}, with CloudEvents if the client would rather have them. */
public final class HistoryEndpoint implements Endpoint {

    /**
     * @param poolSize connections for queries
     * @param timeout how long a query may take
     * @param exports what may be streamed
     */
    public record Options(int poolSize, Duration timeout, Exports.Options exports) {

        /** Reads what starts with {@code HISTORY_}, and the limits of exports. */
        public static Options read(SettingsReader in) {
            return new Options(
                    in.integer("HISTORY_POOL_SIZE", 4, 1, 1_000, "connections for queries of the history"),
                    in.duration("HISTORY_TIMEOUT", "10s", "10ms", "1h", "how long a query of the history may take"),
                    Exports.Options.read(in));
        }
    }

    private final History history;
    private final Exports exports;
    private final HistoryMetrics metrics;

    /**
     * @param history over a pool of its own
     */
    public HistoryEndpoint(History history, Options options, MeterRegistry registry) {
        this.history = history;
        this.exports = new Exports(history, options.exports());
        this.metrics = new HistoryMetrics(registry);
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/events", this::list);
        routes.get("/events/{id}", this::one);
    }

    /**
     * @param query answers and says whether the answer is complete
     */
    private void measure(HistoryMetrics.Kind kind, BooleanSupplier query) {
        long startNanos = System.nanoTime();
        HistoryMetrics.Outcome outcome = HistoryMetrics.Outcome.FAILED;
        try {
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
            case REMOVED -> ApiException.unavailable(e.getMessage() + ", try again");
        };
    }

    private void list(Context context) {
        String type = Accept.choose(
                context.header("Accept"), HttpAnswer.JSON, CloudEventJson.BATCH_MEDIA_TYPE, Exports.MEDIA_TYPE);
        if (type.equals(Exports.MEDIA_TYPE)) {
            measure(HistoryMetrics.Kind.EXPORT, () -> exports.stream(context, HistoryParameters.read(context, true)));
        } else {
            measure(HistoryMetrics.Kind.PAGE, () -> page(context, HistoryParameters.read(context, false), type));
        }
    }

    private boolean page(Context context, HistoryQuery query, String type) {
        HistoryPage page = history.page(query);
        List<Event> events = page.events();
        if (page.more()) {
            String next = NextPage.after(events.getLast().id(), query);
            context.header("Link", "<" + next + ">; rel=\"next\"");
        }
        var data = new JsonWriter().raw("[");
        for (int i = 0; i < events.size(); i++) {
            data.raw(i == 0 ? "" : ",");
            write(events.get(i), type, data);
        }
        answer(context, type, data.raw("]"));
        return true;
    }

    private static void write(Event event, String type, JsonWriter json) {
        if (type.equals(HttpAnswer.JSON)) {
            EventJson.write(event, json);
        } else {
            CloudEventJson.write(event, json);
        }
    }

    /** Plain events are in the envelope, CloudEvents stand for themselves. */
    private static void answer(Context context, String type, JsonWriter data) {
        byte[] body = type.equals(HttpAnswer.JSON) ? Envelope.ok("success", data.toString()) : data.toBytes();
        context.header("Vary", "Accept").contentType(type).result(body);
    }

    private void one(Context context) {
        measure(HistoryMetrics.Kind.PAGE, () -> event(context));
    }

    private boolean event(Context context) {
        String text = context.pathParam("id");
        long id;
        try {
            id = Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw ApiException.invalid("an event's id must be a whole number from 1 on, not '%s'".formatted(text));
        }
        Event event = history.find(id);
        if (event == null) {
            throw new ApiException(404, "there is no event %d".formatted(id));
        }
        String type = Accept.choose(context.header("Accept"), HttpAnswer.JSON, CloudEventJson.MEDIA_TYPE);
        var data = new JsonWriter();
        write(event, type, data);
        answer(context, type, data);
        return true;
    }
}
