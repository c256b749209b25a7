package io.eventhandler.history;

import io.eventhandler.cloudevents.CloudEventJson;
import io.eventhandler.event.Event;
import io.eventhandler.event.EventJson;
import io.eventhandler.json.JsonWriter;
import io.eventhandler.web.Envelope;
import io.eventhandler.web.HttpAnswer;
import io.eventhandler.web.StreamedAnswer;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * An answer with events, each written as it is encoded: none of them is there more than twice. Plain events are in the
 * envelope, CloudEvents stand for themselves. For one thread, which may block.
 */
final class HistoryAnswer {

    private HistoryAnswer() {}

    /** Answers with a list of events. */
    static void list(Context context, String type, List<Event> events, Duration stallTimeout) throws IOException {
        write(context, type, "[", events, "]", stallTimeout);
    }

    /** Answers with one event. */
    static void one(Context context, String type, Event event, Duration stallTimeout) throws IOException {
        write(context, type, "", List.of(event), "", stallTimeout);
    }

    /** Tells caches that it depends on what was accepted, beside what it already depends on. */
    static void varies(Context context) {
        context.res().addHeader("Vary", "Accept");
    }

    private static void write(
            Context context, String type, String first, List<Event> events, String last, Duration stallTimeout)
            throws IOException {
        boolean plain = type.equals(HttpAnswer.JSON);
        varies(context);
        try (var answer = new StreamedAnswer(context, type, stallTimeout)) {
            String next = (plain ? Envelope.opening("success") : "") + first;
            for (Event event : events) {
                answer.write(encode(event, plain, next, ""));
                next = ",";
            }
            String end = (events.isEmpty() ? next : "") + last + (plain ? Envelope.CLOSING : "");
            answer.write(end.getBytes(StandardCharsets.UTF_8));
            answer.complete();
        }
    }

    /** Writes each event as one line. */
    static void lines(StreamedAnswer answer, List<Event> events) throws IOException {
        for (Event event : events) {
            answer.write(encode(event, true, "", "\n"));
        }
        answer.flush();
    }

    private static byte[] encode(Event event, boolean plain, String before, String after) {
        var json = new JsonWriter(event.payload().length + AnswerBudget.AROUND_A_PAYLOAD).raw(before);
        if (plain) {
            EventJson.write(event, json);
        } else {
            CloudEventJson.write(event, json);
        }
        return json.raw(after).toBytes();
    }
}
