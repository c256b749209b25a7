package io.eventhandler.event;

import org.jspecify.annotations.Nullable;

/**
 * Selects events by name. A name selects itself; the token {@code *} stands for exactly one token, a final {@code >} for
 * one or more. No other character has a meaning. Immutable.
 *
 * <p>This class alone decides what a pattern selects: {@link #matches} in memory, {@link #regex} within
 * {@link #firstName} and {@link #endName} for a database that compares text by code point.
 */
public final class NamePattern {

    /** Stands for one token. */
    public static final String ONE = "*";

    /** Stands for one or more tokens, at the end. */
    public static final String REST = ">";

    private final String text;
    private final int literalEnd; // of the tokens before the first wildcard, with their dots

    private NamePattern(String text) {
        this.text = text;
        this.literalEnd = literalEnd(text);
    }

    /**
     * @throws IllegalArgumentException with the {@link #fault}
     */
    public static NamePattern of(String text) {
        String fault = fault(text);
        if (fault != null) {
            throw new IllegalArgumentException(fault);
        }
        return new NamePattern(text);
    }

    /** What is wrong with this pattern, as a sentence that names the rule; null when it is valid. */
    public static @Nullable String fault(String text) {
        if (text.length() > EventName.MAX_BYTES) {
            return EventName.faultOfTokens(text, true);
        }
        int tokenStart = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i < text.length() && text.charAt(i) != '.') {
                continue;
            }
            String token = text.substring(tokenStart, i);
            if (token.equals(REST) && i < text.length()) {
                return "event_name must not go on after '>', which is at position %d: it stands for all that follows"
                        .formatted(tokenStart);
            }
            if (token.length() > 1 && token.chars().allMatch(c -> c == '*' || c == '>')) {
                return "event_name must not have the token '%s', it is at position %d: a wildcard is * or >"
                        .formatted(token, tokenStart);
            }
            tokenStart = i + 1;
        }
        return EventName.faultOfTokens(text, true);
    }

    private static int literalEnd(String text) {
        int tokenStart = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i == text.length() || text.charAt(i) == '.') {
                if (isWildcard(text.substring(tokenStart, i))) {
                    return tokenStart;
                }
                tokenStart = i + 1;
            }
        }
        return text.length();
    }

    private static boolean isWildcard(String token) {
        return token.equals(ONE) || token.equals(REST);
    }

    /** The pattern as it was written. */
    public String text() {
        return text;
    }

    /** Whether it has no wildcard and so selects one name. */
    public boolean isExact() {
        return literalEnd == text.length();
    }

    /** Whether it selects every name. */
    public boolean isAll() {
        return text.equals(REST);
    }

    /** Whether it selects this name. */
    public boolean matches(String name) {
        if (isExact()) {
            return text.equals(name);
        }
        if (!name.regionMatches(0, text, 0, literalEnd)) {
            return false;
        }
        int p = literalEnd;
        int n = literalEnd;
        while (p < text.length() && n < name.length()) {
            int patternEnd = tokenEnd(text, p);
            int nameEnd = tokenEnd(name, n);
            int length = patternEnd - p;
            if (length == 1 && text.charAt(p) == '>') {
                return true;
            }
            boolean one = length == 1 && text.charAt(p) == '*';
            if (!one && (length != nameEnd - n || !text.regionMatches(p, name, n, length))) {
                return false;
            }
            p = patternEnd + 1;
            n = nameEnd + 1;
        }
        return p > text.length() && n > name.length();
    }

    private static int tokenEnd(String text, int start) {
        int dot = text.indexOf('.', start);
        return dot < 0 ? text.length() : dot;
    }

    /** No name that it selects is smaller. */
    public String firstName() {
        return text.substring(0, literalEnd);
    }

    /** Every name that it selects is smaller, null for no bound; for a pattern with a wildcard. */
    public @Nullable String endName() {
        return literalEnd == 0 ? null : text.substring(0, literalEnd - 1) + (char) ('.' + 1);
    }

    /** A POSIX regular expression, as PostgreSQL has them, that matches the valid names that it selects. */
    public String regex() {
        var regex = new StringBuilder("^");
        for (String token : text.split("\\.", -1)) {
            regex.append(regex.length() == 1 ? "" : "\\.");
            switch (token) {
                case ONE -> regex.append("[^.]+");
                case REST -> regex.append(".+");
                default -> token.codePoints().forEach(c -> literal(regex, c));
            }
        }
        return regex.append('$').toString();
    }

    private static void literal(StringBuilder regex, int codePoint) {
        if (codePoint < 0x80 && !Character.isLetterOrDigit(codePoint)) {
            regex.append('\\');
        }
        regex.appendCodePoint(codePoint);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof NamePattern pattern && text.equals(pattern.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
