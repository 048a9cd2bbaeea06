/**
 * Methods with a rate for each parameter; the most common, Adam and AdamW, stand in the package
 * above.
 */
@NullMarked
package dev.lanewise.optim.adaptive;

import org.jspecify.annotations.NullMarked;
