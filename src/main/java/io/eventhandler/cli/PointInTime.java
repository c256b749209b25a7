package io.eventhandler.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a time (RFC 3339), or how long ago it was, such as {@code 15m}. */
final class PointInTime implements ITypeConverter<Instant> {

    private static final Pattern AGO = Pattern.compile("(\\d{1,9})(s|m|h|d)");

    @Override
    public Instant convert(String value) {
        Matcher ago = AGO.matcher(value);
        try {
            if (ago.matches()) {
                long count = Long.parseLong(ago.group(1));
                return Instant.now()
                        .minus(
                                switch (ago.group(2)) {
                                    case "s" -> Duration.ofSeconds(count);
                                    case "m" -> Duration.ofMinutes(count);
                                    case "h" -> Duration.ofHours(count);
                                    default -> Duration.ofDays(count);
                                });
            }
            return OffsetDateTime.parse(value).toInstant();
        } catch (DateTimeException e) {
            throw new TypeConversionException(
                    "'%s' is neither a time such as 2026-11-28T09:30:00Z nor an age such as 90s, 15m, 2h or 7d"
                            .formatted(value));
        }
    }
}
