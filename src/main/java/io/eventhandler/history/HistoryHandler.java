package io.eventhandler.history;

import io.eventhandler.event.Event;
import io.eventhandler.eventlog.EventLog;
import io.eventhandler.eventlog.HistoryPage;
import io.eventhandler.eventlog.HistoryQuery;
import io.eventhandler.eventlog.LogUnavailableException;
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

/** Answers {@code GET /events} and {@code GET /events/{id}}, with CloudEvents if the client would rather have them. */
public final class HistoryHandler implements Endpoint {

    private final EventLog log;

    public HistoryHandler(EventLog log) {
        this.log = log;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/events", this::list);
        routes.get("/events/{id}", this::one);
    }

    private void list(Context context) {
        HistoryQuery query = HistoryParameters.read(context);
        HistoryPage page;
        try {
            page = log.history(query);
        } catch (LogUnavailableException e) {
            throw ApiException.unavailable("the database does not answer, try again");
        }
        List<Event> events = page.events();
        if (page.more()) {
            String next = HistoryParameters.nextPage(query, events.getLast().id());
            context.header("Link", "<" + next + ">; rel=\"next\"");
        }
        String type = Accept.choose(context.header("Accept"), WebServer.JSON, CloudEventJson.BATCH_MEDIA_TYPE);
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
        Event event;
        try {
            event = log.find(id);
        } catch (LogUnavailableException e) {
            throw ApiException.unavailable("the database does not answer, try again");
        }
        if (event == null) {
            throw new ApiException(404, "there is no event %d".formatted(id));
        }
        String type = Accept.choose(context.header("Accept"), WebServer.JSON, CloudEventJson.MEDIA_TYPE);
        var data = new Json();
        write(event, type, data);
        answer(context, type, data);
    }
}
