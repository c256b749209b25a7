package io.eventhandler.event;

import java.util.ArrayList;
import java.util.List;

/** Several patterns, which together select what any of them selects. Immutable. */
public final class NamePatterns {

    private final List<NamePattern> patterns;

    public NamePatterns(List<NamePattern> patterns) {
        this.patterns = List.copyOf(patterns);
    }

    /** Those that it consists of. */
    public List<NamePattern> all() {
        return patterns;
    }

    /** Whether one of them selects this name. */
    public boolean matches(String name) {
        for (NamePattern pattern : patterns) {
            if (pattern.matches(name)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether they select every name that this pattern selects, several of them together if need be: {@code a.*} and
     * {@code a.*.>} cover {@code a.>}. Exact, but for the bound of a name's length, which it leaves aside.
     *
     * <p>Follows the pattern token by token with what is left of each of them. Where the pattern takes any token, the one
     * that counts is a token that none of them names: whoever takes that one takes every other as well.
     */
    public boolean covers(NamePattern pattern) {
        List<Rest> rests = new ArrayList<>();
        for (NamePattern one : patterns) {
            rests.add(new Rest(List.of(one.text().split("\\.", -1)), 0));
        }
        for (String token : pattern.text().split("\\.", -1)) {
            if (token.equals(NamePattern.REST)) {
                return coverAnyMore(rests);
            }
            rests = after(token, rests);
        }
        return rests.stream().anyMatch(Rest::mayEnd);
    }

    /** Whether these take one more token, and two, and so on without end, whatever they are. */
    private static boolean coverAnyMore(List<Rest> rests) {
        List<Rest> left = rests;
        while (true) {
            left = after(NamePattern.ONE, left);
            if (left.stream().anyMatch(Rest::takesAll)) {
                return true;
            }
            if (left.stream().noneMatch(Rest::mayEnd)) {
                return false;
            }
        }
    }

    /**
     * @param token a name's, or {@link NamePattern#ONE} for one that no pattern names
     */
    private static List<Rest> after(String token, List<Rest> rests) {
        List<Rest> after = new ArrayList<>();
        for (Rest rest : rests) {
            if (rest.takes(token)) {
                after.add(rest.next());
            }
        }
        return after;
    }

    /** What is left of a pattern when its beginning has taken some tokens. */
    private record Rest(List<String> tokens, int taken) {

        /** Behind {@code >}, which goes on taking. */
        boolean takesAll() {
            return taken > 0 && taken == tokens.size() && tokens.get(taken - 1).equals(NamePattern.REST);
        }

        boolean mayEnd() {
            return taken == tokens.size();
        }

        boolean takes(String token) {
            if (taken == tokens.size()) {
                return takesAll();
            }
            String own = tokens.get(taken);
            return own.equals(NamePattern.ONE) || own.equals(NamePattern.REST) || own.equals(token);
        }

        Rest next() {
            return takesAll() ? this : new Rest(tokens, taken + 1);
        }
    }

    @Override
    public String toString() {
        return patterns.toString();
    }
}
