package io.eventhandler.publish;

import io.eventhandler.eventlog.append.AppendResult;
import io.eventhandler.json.Excerpt;
import io.eventhandler.web.ApiException;

/** Why a publish is answered with an error though nothing is wrong with its form. */
final class PublishFault {

    private PublishFault() {}

    /** The error for what became of the events, which is neither stored nor replayed. */
    static ApiException of(PublishRequest publish, AppendResult result) {
        return switch (result) {
            case AppendResult.KeyReused reused ->
                ApiException.invalid("not stored: %sthe idempotency key '%s' was used with another body"
                        .formatted(place(publish, reused.index()), Excerpt.of(reused.key())));
            case AppendResult.Refused refused ->
                ApiException.invalid("not stored: PostgreSQL can't keep %s: %s"
                        .formatted(culprit(publish, refused.index()), Excerpt.of(refused.reason())));
            case AppendResult.NotStored notStored -> ApiException.unavailable("not stored: " + notStored.reason());
            case AppendResult.Unknown unknown ->
                ApiException.unavailable("outcome unknown: " + unknown.reason() + "; " + wayOut(publish));
            default -> throw new IllegalArgumentException("no fault: " + result);
        };
    }

    private static String culprit(PublishRequest publish, int index) {
        if (!publish.isBatch()) {
            return "this payload";
        }
        return index < 0 ? "one of the payloads" : "the payload of the event at index " + index;
    }

    private static String place(PublishRequest publish, int index) {
        return publish.isBatch() && publish.batchKey() == null ? "the event at index %d: ".formatted(index) : "";
    }

    private static String wayOut(PublishRequest publish) {
        return publish.isIdempotent()
                ? "publish it again with the same idempotency key: it is stored once"
                : "look the event up in the history before you publish it again;"
                        + " with an idempotency key a publish can be repeated safely";
    }
}
