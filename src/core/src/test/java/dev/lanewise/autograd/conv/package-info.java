/** Ops on images against oracles in double precision. */
@NullMarked
package dev.lanewise.autograd.conv;

import org.jspecify.annotations.NullMarked;
