/**
 * Who may do what. A credential, an API key or a JSON Web Token, is verified once and then known for a few seconds; it
 * stands for a {@link io.eventhandler.access.Principal} with grants, and nothing is allowed that no grant allows.
 *
 * <p>Invariants: a secret is stored as its hash only and never written anywhere; what was deleted or has expired lets
 * nobody in after {@link io.eventhandler.access.Access#TRUST}, on any replica, whether its notification arrives or not.
 *
 * <p>Safe for concurrent use. May import {@code event}, {@code json}, {@code service}, {@code postgres} and {@code web}.
 */
@NullMarked
package io.eventhandler.access;

import org.jspecify.annotations.NullMarked;
