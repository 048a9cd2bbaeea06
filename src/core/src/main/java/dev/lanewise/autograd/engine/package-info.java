/**
 * What a tape runs on: where its memory comes from, and the list of computations that a captured
 * step replays. Knows no tensor. Internal to the module.
 */
@NullMarked
package dev.lanewise.autograd.engine;

import org.jspecify.annotations.NullMarked;
