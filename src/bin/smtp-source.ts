#!/usr/bin/env node
import { calledAs } from '../cli/called-as.js'
import { door } from '../cli/door.js'

process.exitCode = await door(calledAs(), process.argv.slice(2))
