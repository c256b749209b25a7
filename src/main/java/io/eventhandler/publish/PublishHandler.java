package io.eventhandler.publish;

import io.eventhandler.activity.ActivityLog;
import io.eventhandler.event.Event;
import io.eventhandler.event.NewEvent;
import io.eventhandler.eventlog.AppendResult;
import io.eventhandler.eventlog.Appender;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.Envelope;
import io.eventhandler.web.RequestBody;
import io.eventhandler.web.WebServer;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Answers {@code POST /publish}. 200 means: committed to PostgreSQL, together with the notification. */
public final class PublishHandler implements Endpoint {

    /**
     * @param maxEventBytes the largest request body
     * @param maxDepth how deep a payload may be nested
     * @param maxPendingBytes bodies that may be held at once, being read or waiting to be stored
     */
    public record Options(int maxEventBytes, int maxDepth, long maxPendingBytes) {}

    private final Appender appender;
    private final ActivityLog activity;
    private final Options options;
    private final ByteBudget budget;

    public PublishHandler(Appender appender, ActivityLog activity, Options options) {
        this.appender = appender;
        this.activity = activity;
        this.options = options;
        this.budget = new ByteBudget(options.maxPendingBytes());
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.post("/publish", this::publish);
    }

    private void publish(Context context) throws InterruptedException {
        requireJson(context.req().getContentType());
        long declared = context.req().getContentLengthLong();
        long reserved = declared < 0 || declared > options.maxEventBytes() ? options.maxEventBytes() : declared;
        if (!budget.take(reserved)) {
            throw ApiException.unavailable("not stored: too many events wait to be stored, try again");
        }
        try {
            byte[] body = RequestBody.read(context, options.maxEventBytes());
            NewEvent event = PublishRequest.parse(body, options.maxEventBytes(), options.maxDepth());
            answer(context, appender.append(event));
        } finally {
            budget.giveBack(reserved);
        }
    }

    private void answer(Context context, AppendResult result) {
        switch (result) {
            case AppendResult.Stored stored -> acknowledge(context, stored.event());
            case AppendResult.Refused refused ->
                throw ApiException.invalid("not stored: PostgreSQL can't keep this payload: " + refused.reason());
            case AppendResult.NotStored notStored ->
                throw ApiException.unavailable("not stored: " + notStored.reason());
            case AppendResult.Unknown unknown ->
                throw ApiException.unavailable("outcome unknown: " + unknown.reason()
                        + "; look the event up in the history before you publish it again");
        }
    }

    private void acknowledge(Context context, Event event) {
        context.header("Event-Id", String.valueOf(event.id()));
        context.contentType(WebServer.JSON)
                .result(Envelope.ok("Event '%s' published.".formatted(event.name()), "null"));
        activity.published(
                event.id(),
                event.name(),
                event.source(),
                event.payload().length,
                WebServer.startNanos(context),
                WebServer.remote(context));
    }

    private static void requireJson(@Nullable String contentType) {
        if (contentType == null) {
            return;
        }
        int semicolon = contentType.indexOf(';');
        String type = (semicolon < 0 ? contentType : contentType.substring(0, semicolon)).strip();
        if (!type.equalsIgnoreCase(WebServer.JSON)) {
            throw new ApiException(415, "Content-Type must be application/json, this one is '%s'".formatted(type));
        }
        String parameters =
                semicolon < 0 ? "" : contentType.substring(semicolon).toLowerCase(Locale.ROOT);
        if (parameters.contains("charset") && !parameters.contains("utf-8") && !parameters.contains("utf8")) {
            throw new ApiException(415, "the charset must be UTF-8, this one is '%s'".formatted(contentType));
        }
    }
}
