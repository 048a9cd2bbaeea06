/**
 * The rules of the house, each shown to hold for the library and to fail for a house that breaks
 * them.
 */
@NullMarked
package dev.lanewise.architecture;

import org.jspecify.annotations.NullMarked;
