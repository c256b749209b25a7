package io.eventhandler.web;

import io.eventhandler.json.JsonWriter;

/** The shape of every JSON answer: {@code {"status":…,"message":…,"data":…}}. */
public final class Envelope {

    /** What comes after the data. */
    public static final String CLOSING = "}";

    private Envelope() {}

    /**
     * An answer to a request that succeeded.
     *
     * @param data JSON text
     */
    public static byte[] ok(String message, String data) {
        return of("ok", message, data);
    }

    /** What comes before the data of an answer to a request that succeeded; {@link #CLOSING} comes after them. */
    public static String opening(String message) {
        return opening("ok", message).toString();
    }

    /** An answer to a request that failed. */
    public static byte[] error(String message) {
        return of("error", message, "null");
    }

    /**
     * An answer to a request that failed, with details.
     *
     * @param data JSON text
     */
    public static byte[] error(String message, String data) {
        return of("error", message, data);
    }

    private static byte[] of(String status, String message, String data) {
        return opening(status, message).raw(data).raw(CLOSING).toBytes();
    }

    private static JsonWriter opening(String status, String message) {
        return new JsonWriter()
                .raw("{\"status\":\"")
                .raw(status)
                .raw("\",\"message\":")
                .string(message)
                .raw(",\"data\":");
    }
}
