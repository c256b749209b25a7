package io.eventhandler.web;

import io.eventhandler.json.JsonWriter;

/** The shape of every JSON answer: {@code {"status":…,"message":…,"data":…}}. */
public final class Envelope {

    private Envelope() {}

    /**
     * An answer to a request that succeeded.
     *
     * @param data JSON text
     */
    public static byte[] ok(String message, String data) {
        return of("ok", message, data);
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
        return new JsonWriter()
                .raw("{\"status\":\"")
                .raw(status)
                .raw("\",\"message\":")
                .string(message)
                .raw(",\"data\":")
                .raw(data)
                .raw("}")
                .toBytes();
    }
}
