package io.eventhandler.history;

import io.eventhandler.event.Event;
import io.eventhandler.eventlog.History;
import io.eventhandler.eventlog.HistoryException;
import io.eventhandler.eventlog.HistoryPage;
import io.eventhandler.eventlog.HistoryQuery;
import io.eventhandler.web.Accept;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.Envelope;
import io.eventhandler.web.Json;
import io.eventhandler.web.WebServer;
import io.eventhandler.wire.CloudEventJson;
import io.eventhandler.wire.EventJson;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;
import java.util.function.Consumer;

/** Answers {@code GET /events} and {@code GET /events/{id}}, with CloudEvents if the client would rather have them. */
public final class HistoryHandler implements Endpoint {

    private final History history;
    private final Exports exports;

    /**
     * @param exports what it streams
     */
    public HistoryHandler(History history, Exports.Options exports) {
        this.history = history;
        this.exports = new Exports(history, exports);
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/events", context -> answer(context, this::list));
        routes.get("/events/{id}", context -> answer(context, this::one));
    }

    private static void answer(Context context, Consumer<Context> handler) {
        try {
            handler.accept(context);
        } catch (HistoryException e) {
            throw switch (e.reason()) {
                case AWAY -> ApiException.unavailable("the database does not answer, try again");
                case BUSY -> ApiException.unavailable("too many queries of the history run now, try again");
                case TOO_SLOW ->
                    new ApiException(
                            504,
                            "the query took too long: narrow it by event_name, after and before, or since and until");
                case REFUSED -> ApiException.invalid("the query can't be compared with events: " + e.getMessage());
                case REMOVED -> ApiException.unavailable(e.getMessage() + ", try again");
            };
        }
    }

    private void list(Context context) {
        String type = Accept.choose(
                context.header("Accept"), WebServer.JSON, CloudEventJson.BATCH_MEDIA_TYPE, Exports.MEDIA_TYPE);
        boolean isStream = type.equals(Exports.MEDIA_TYPE);
        HistoryQuery query = HistoryParameters.read(context, isStream);
        if (isStream) {
            exports.stream(context, query);
        } else {
            page(context, query, type);
        }
    }

    private void page(Context context, HistoryQuery query, String type) {
        HistoryPage page = history.page(query);
        List<Event> events = page.events();
        if (page.more()) {
            String next = NextPage.after(events.getLast().id(), query);
            context.header("Link", "<" + next + ">; rel=\"next\"");
        }
        var data = new Json().raw("[");
        for (int i = 0; i < events.size(); i++) {
            data.raw(i == 0 ? "" : ",");
            write(events.get(i), type, data);
        }
        answer(context, type, data.raw("]"));
    }

    private static void write(Event event, String type, Json json) {
        if (type.equals(WebServer.JSON)) {
            EventJson.write(event, json);
        } else {
            CloudEventJson.write(event, json);
        }
    }

    /** Plain events are in the envelope, CloudEvents stand for themselves. */
    private static void answer(Context context, String type, Json data) {
        byte[] body = type.equals(WebServer.JSON) ? Envelope.ok("success", data.toString()) : data.toBytes();
        context.header("Vary", "Accept").contentType(type).result(body);
    }

    private void one(Context context) {
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
        String type = Accept.choose(context.header("Accept"), WebServer.JSON, CloudEventJson.MEDIA_TYPE);
        var data = new Json();
        write(event, type, data);
        answer(context, type, data);
    }
}
