<?php
// A user from staging to deletion, told with the generated client.

declare(strict_types=1);

use Usher\Api\ConnectionsApi;
use Usher\Api\PreviewsApi;
use Usher\Api\UsersApi;
use Usher\ApiException;
use Usher\Configuration;
use Usher\Model\AccountRole;
use Usher\Model\PlanDecision;
use Usher\Model\PreviewAssertion;
use Usher\Model\PreviewRequest;
use Usher\Model\Problem;
use Usher\Model\TeamRole;
use Usher\Model\UserChanges;
use Usher\Model\UserDraft;
use Usher\Model\UserStatus;
use Usher\Model\UserTeamDraft;

require 'GuzzleHttp/autoload.php';
spl_autoload_register(function (string $class): void {
    $file = __DIR__ . '/usher/lib/' . str_replace('\\', '/', substr($class, strlen('Usher\\'))) . '.php';
    if (str_starts_with($class, 'Usher\\') && is_file($file)) {
        require $file;
    }
});

function check(bool $holds, string $what): void
{
    if (!$holds) {
        throw new LogicException("it is not so that $what");
    }
}

/** The call is rejected with this status, and the problem says so as well. */
function rejected(int $status, callable $call): void
{
    try {
        $call();
    } catch (ApiException $rejection) {
        check($rejection->getCode() === $status, "it is rejected with $status: {$rejection->getMessage()}");
        $problem = $rejection->getResponseObject();
        check($problem instanceof Problem && $problem->getStatus() === $status, 'the problem says so');
        return;
    }
    check(false, "it is rejected with $status");
}

function draft(string $email): UserDraft
{
    return (new UserDraft())->setEmail($email);
}

$usher = (new Configuration())
    ->setHost((string) getenv('USHER_URL'))
    ->setAccessToken((string) getenv('USHER_API_KEY'));
$users = new UsersApi(config: $usher);

// Stage a user into a team that is not there yet.
$team = (new UserTeamDraft())->setName('Analysts of PHP')->setRole(TeamRole::USER);
$draft = draft('ada.lovelace@php.example')
    ->setRole(AccountRole::USER)
    ->setDepartment('Engines')
    ->setTeams([$team])
    ->setCreateMissingTeams(true);
[$ada, , $headers] = $users->createUserWithHttpInfo($draft);
check($ada->getFirstName() === 'Ada', 'her first name comes from her address');
check($ada->getStatus() === UserStatus::STAGED, 'she is staged');
check($ada->getTeams()[0]->getName() === 'Analysts of PHP', 'she is in the team');
$firstTag = array_change_key_case($headers)['etag'][0];

// A value that the contract does not allow is found before anything is sent.
try {
    (new UserDraft())->setFirstName("Ada\u{1}");
    check(false, 'a control character is rejected');
} catch (InvalidArgumentException) {
}

// Find her.
$found = $users->listUsers(filter: "email eq \"{$ada->getEmail()}\"")->getItems();
check(count($found) === 1 && $found[0]->getId() === $ada->getId(), 'the filter finds her alone');

// Change her, if nobody else has, and take a value away.
$change = (new UserChanges())->setPosition('Analyst')->setDepartment(null);
$changed = $users->updateUser($ada->getId(), $change, if_match: $firstTag);
check($changed->getPosition() === 'Analyst', 'her position is changed');
check($changed->getDepartment() === null, 'her department is taken away');

// A request with a stale ETag is rejected with 412.
rejected(412, fn () => $users->updateUser($ada->getId(), $change, if_match: $firstTag));

// There is one user for each e-mail address.
rejected(409, fn () => $users->createUser(draft($ada->getEmail())));

// List a few, page by page.
$staff = [$ada->getId()];
foreach (['bea@php.example', 'cyd@php.example'] as $email) {
    $staff[] = $users->createUser(draft($email))->getId();
}
$listed = [];
$cursor = null;
do {
    $page = $users->listUsers(filter: 'email ew "@php.example"', count: 2, cursor: $cursor);
    foreach ($page->getItems() as $user) {
        $listed[] = $user->getId();
    }
    $cursor = $page->getNextCursor();
} while ($cursor !== null);
sort($staff);
sort($listed);
check($staff === $listed, 'the pages show each of them once');

// See what her first login would do.
$connection = (new ConnectionsApi(config: $usher))->listConnections()->getItems()[0];
$assertion = (new PreviewAssertion())
    ->setNameId($ada->getEmail())
    ->setAttributes(['department' => ['Engines']]);
$login = (new PreviewRequest())->setAssertion($assertion);
$plan = (new PreviewsApi(config: $usher))->previewLogin($connection->getId(), $login)->getPlan();
check($plan->getDecision() === PlanDecision::CLAIM, 'her first login claims what was staged');
check($plan->getUser()->getId() === $ada->getId(), 'and it is her');

// Disable her.
$disabled = $users->updateUser($ada->getId(), (new UserChanges())->setDisabled(true));
check($disabled->getStatus() === UserStatus::DISABLED, 'she is disabled');

// Delete them all.
foreach ($staff as $id) {
    $users->deleteUser($id);
}
rejected(404, fn () => $users->getUser($ada->getId()));
