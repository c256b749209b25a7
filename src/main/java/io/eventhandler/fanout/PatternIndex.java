package io.eventhandler.fanout;

import io.eventhandler.event.NamePattern;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of patterns that have a wildcard: a trie of tokens, and a bounded memory of what was found for a
 * name. Guarded by the hub.
 */
final class PatternIndex {

    private static final int MAX_REMEMBERED = 10_000;

    private final Node root = new Node();
    private final Map<String, List<SubscriptionList>> found = new HashMap<>();

    /** A token's place in the trie. */
    private static final class Node {
        private final Map<String, Node> children = new HashMap<>(2);
        private @Nullable SubscriptionList subscriptions; // of the pattern that ends here

        boolean isEmpty() {
            return subscriptions == null && children.isEmpty();
        }
    }

    boolean isEmpty() {
        return root.isEmpty();
    }

    void add(Subscription subscription) {
        Node node = root;
        for (String token : tokens(subscription.pattern().text())) {
            node = node.children.computeIfAbsent(token, key -> new Node());
        }
        if (node.subscriptions == null) {
            node.subscriptions = new SubscriptionList();
            found.clear();
        }
        node.subscriptions.add(subscription);
    }

    void remove(Subscription subscription) {
        remove(root, tokens(subscription.pattern().text()), 0, subscription);
    }

    private void remove(Node node, String[] tokens, int depth, Subscription subscription) {
        if (depth == tokens.length) {
            SubscriptionList subscriptions = node.subscriptions;
            if (subscriptions != null) {
                subscriptions.remove(subscription);
                if (subscriptions.isEmpty()) {
                    node.subscriptions = null;
                    found.clear();
                }
            }
            return;
        }
        Node child = node.children.get(tokens[depth]);
        if (child != null) {
            remove(child, tokens, depth + 1, subscription);
            if (child.isEmpty()) {
                node.children.remove(tokens[depth]);
            }
        }
    }

    /** The subscriptions of every pattern that selects this name. */
    List<SubscriptionList> selecting(String name) {
        List<SubscriptionList> known = found.get(name);
        if (known != null) {
            return known;
        }
        if (found.size() >= MAX_REMEMBERED) {
            found.clear();
        }
        List<SubscriptionList> selecting = new ArrayList<>();
        collect(root, tokens(name), 0, selecting);
        List<SubscriptionList> result = List.copyOf(selecting);
        found.put(name, result);
        return result;
    }

    private static void collect(@Nullable Node node, String[] tokens, int depth, List<SubscriptionList> into) {
        if (node == null) {
            return;
        }
        if (depth == tokens.length) {
            if (node.subscriptions != null) {
                into.add(node.subscriptions);
            }
            return;
        }
        Node rest = node.children.get(NamePattern.REST);
        if (rest != null && rest.subscriptions != null) {
            into.add(rest.subscriptions);
        }
        collect(node.children.get(NamePattern.ONE), tokens, depth + 1, into);
        collect(node.children.get(tokens[depth]), tokens, depth + 1, into);
    }

    private static String[] tokens(String text) {
        return text.split("\\.", -1);
    }
}
