package io.eventhandler.web;

import java.util.Locale;

/**
 * A media type as headers carry it (RFC 9110, section 8.3.1).
 *
 * @param name in lower case, without parameters
 * @param parameters in lower case, empty for none
 */
public record MediaType(String name, String parameters) {

    /** Takes a header's value apart; what is no media type has a name that equals none. */
    public static MediaType of(String value) {
        int semicolon = value.indexOf(';');
        String name = semicolon < 0 ? value : value.substring(0, semicolon);
        String parameters = semicolon < 0 ? "" : value.substring(semicolon + 1);
        return new MediaType(name.strip().toLowerCase(Locale.ROOT), parameters.toLowerCase(Locale.ROOT));
    }

    /** Whether it declares JSON: its subtype is {@code json} or ends in {@code +json}. */
    public boolean isJson() {
        return name.indexOf('/') > 0 && (name.endsWith("/json") || name.endsWith("+json"));
    }

    /** Whether its text is in UTF-8, which is so unless it names another charset. */
    public boolean isUtf8() {
        return !parameters.contains("charset") || parameters.contains("utf-8") || parameters.contains("utf8");
    }
}
