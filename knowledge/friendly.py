"""What a bot can tell its user of an error, where it can say more than "something failed".

The words are ours; what each error means is from https://core.telegram.org/api/errors and the tables of the libraries.
"""

from __future__ import annotations

#: Class → sentence, the most telling first.
MESSAGES: dict[str, str] = {
    "telethon.errors.SessionPasswordNeededError": "This account has a password: please give it as well.",
    "telethon.errors.PhoneCodeInvalidError": "That code is wrong.",
    "telethon.errors.PhoneCodeExpiredError": "That code has expired: please ask for a new one.",
    "telethon.errors.PasswordHashInvalidError": "That password is wrong.",
    "telethon.errors.PhoneNumberInvalidError": "That is no valid phone number.",
    "telethon.errors.PhoneNumberBannedError": "That phone number is banned from Telegram.",
    "telethon.errors.PhoneNumberUnoccupiedError": "No account has that phone number.",
    "telethon.errors.ChatAdminRequiredError": "I have to be an administrator here to do that.",
    "telethon.errors.UserAdminInvalidError": "That user is an administrator, whom I cannot touch.",
    "telethon.errors.ChatWriteForbiddenError": "I may not write there.",
    "telethon.errors.UserIsBlockedError": "That user has blocked me.",
    "telethon.errors.InputUserDeactivatedError": "That account was deleted.",
    "telethon.errors.UserNotMutualContactError": "Only contacts may be added, and that user is none.",
    "telethon.errors.UserPrivacyRestrictedError": "That user's privacy settings do not allow it.",
    "telethon.errors.UserAlreadyParticipantError": "That user is there already.",
    "telethon.errors.UserNotParticipantError": "That user is not there.",
    "telethon.errors.ChannelPrivateError": "That channel is private, or I was banned from it.",
    "telethon.errors.ChannelsTooMuchError": "That is one channel too many for this account.",
    "telethon.errors.InviteHashExpiredError": "That invitation has expired.",
    "telethon.errors.InviteHashInvalidError": "That is no valid invitation.",
    "telethon.errors.UsernameInvalidError": "That is no valid username.",
    "telethon.errors.UsernameNotOccupiedError": "Nobody has that username.",
    "telethon.errors.UsernameOccupiedError": "That username is taken.",
    "telethon.errors.MessageTooLongError": "That message is too long.",
    "telethon.errors.MessageDeleteForbiddenError": "I may not delete that message.",
    "telethon.errors.PhotoInvalidDimensionsError": "That picture is too large or too narrow.",
    "telegram.error.Forbidden": "I may not write there: I was blocked or removed.",
    "telegram.error.Unauthorized": "I may not write there: I was blocked or removed.",
    "telegram.error.ChatMigrated": "That group has become a supergroup.",
}
