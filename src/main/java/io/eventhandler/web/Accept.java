package io.eventhandler.web;

import io.eventhandler.json.MediaType;
import java.util.List;
import org.eclipse.jetty.http.QuotedQualityCSV;
import org.jspecify.annotations.Nullable;

/** The {@code Accept} header (RFC 9110, section 12.5.1). */
public final class Accept {

    private Accept() {}

    /**
     * The media type that an answer is to have.
     *
     * @param accept the header, null when there is none
     * @param byDefault taken when the header names none of these, or anything rather than the others
     */
    public static String choose(@Nullable String accept, String byDefault, String... others) {
        if (accept == null) {
            return byDefault;
        }
        var ranges = new QuotedQualityCSV();
        try {
            ranges.addValue(accept);
        } catch (RuntimeException e) { // a quote that is not closed, or a quality of nothing, which Jetty trips over
            return byDefault;
        }
        for (String range : ranges.getValues()) { // the most wanted first
            String name = MediaType.of(range).name();
            if (List.of(others).contains(name)) {
                return name;
            }
            if (name.equals(byDefault) || name.equals("application/*") || name.equals("*/*")) {
                return byDefault;
            }
        }
        return byDefault;
    }
}
