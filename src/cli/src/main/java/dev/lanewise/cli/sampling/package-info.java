/** Text drawn from a model. */
@NullMarked
package dev.lanewise.cli.sampling;

import org.jspecify.annotations.NullMarked;
