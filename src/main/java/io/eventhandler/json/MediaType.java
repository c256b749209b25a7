package io.eventhandler.json;

import java.util.Locale;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.MimeTypes;
import org.jspecify.annotations.Nullable;

/**
 * A media type as headers carry it (RFC 9110, section 8.3.1).
 *
 * @param name in lower case, without parameters
 * @param charset in lower case, null when it names none
 */
public record MediaType(String name, @Nullable String charset) {

    /** Takes a header's value apart; what is no media type has a name that equals none. */
    public static MediaType of(String value) {
        String lower = value.toLowerCase(Locale.ROOT);
        try {
            @Nullable String name = HttpField.stripParameters(lower);
            return new MediaType(name == null ? "" : name.strip(), MimeTypes.getCharsetFromContentType(lower));
        } catch (IllegalArgumentException e) { // a quote that is not closed
            return new MediaType("", null);
        }
    }

    /** Whether it declares JSON: its subtype is {@code json} or ends in {@code +json}. */
    public boolean isJson() {
        return name.indexOf('/') > 0 && (name.endsWith("/json") || name.endsWith("+json"));
    }

    /** Whether its text is in UTF-8, which is so unless it names another charset. */
    public boolean isUtf8() {
        return charset == null || charset.equals("utf-8");
    }
}
